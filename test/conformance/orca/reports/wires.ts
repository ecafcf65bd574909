/** Binary reports as Protobuf may be written. */
import { bytes, double, entry, fixed32, group, message, tagged, varint } from '../wire.ts';
import { BINARY, good, one } from './case.ts';

const wires: readonly (readonly [string, Buffer])[] = [
  ['nothing inside', Buffer.alloc(0)],
  [
    'all fields',
    message(
      double(1, 0.5),
      double(2, 0.6),
      tagged(3, 0, varint(5)),
      double(6, 7),
      double(7, 1),
      double(9, 0.4),
    ),
  ],
  ['cpu twice: the last counts', message(double(1, 0.4), double(1, 0.5), double(6, 7))],
  ['rps_fractional twice', message(double(1, 0.5), double(6, 7), double(6, 8))],
  ['rps only', message(double(1, 0.5), tagged(3, 0, varint(50)))],
  [
    'rps at its limit',
    message(double(1, 0.5), double(6, 7), tagged(3, 0, Buffer.from('ffffffffffffffffff01', 'hex'))),
  ],
  ['named metric', message(double(1, 0.5), double(6, 7), bytes(8, entry('kv', 0.3)))],
  [
    'named metric twice',
    message(double(1, 0.5), double(6, 7), bytes(8, entry('x', 0.3)), bytes(8, entry('x', 0.4))),
  ],
  ['named metric without value', message(double(1, 0.5), double(6, 7), bytes(8, bytes(1, Buffer.from('x'))))],
  ['named metric without name', message(double(1, 0.5), double(6, 7), bytes(8, double(2, 0.3)))],
  ['named metric, empty entry', message(double(1, 0.5), double(6, 7), bytes(8, Buffer.alloc(0)))],
  [
    'named metric, value first',
    message(double(1, 0.5), double(6, 7), bytes(8, message(double(2, 0.3), bytes(1, Buffer.from('x'))))),
  ],
  [
    'named metric, name twice',
    message(double(1, 0.5), double(6, 7), bytes(8, message(bytes(1, Buffer.from('y')), entry('x', 0.3)))),
  ],
  [
    'named metric, unknown field inside',
    message(double(1, 0.5), double(6, 7), bytes(8, message(entry('x', 0.3), double(5, 1)))),
  ],
  [
    'named metric, name not UTF-8',
    message(
      double(1, 0.5),
      double(6, 7),
      bytes(8, message(bytes(1, Buffer.from([0xff, 0xfe])), double(2, 0.3))),
    ),
  ],
  ['named metric, name with NUL', message(double(1, 0.5), double(6, 7), bytes(8, entry('a\0b', 0.3)))],
  ['named metric, name with a comma', message(double(1, 0.5), double(6, 7), bytes(8, entry('a,b', 0.3)))],
  ['named metric NaN', message(double(1, 0.5), double(6, 7), bytes(8, entry('x', Number.NaN)))],
  ['named metric negative', message(double(1, 0.5), double(6, 7), bytes(8, entry('x', -1)))],
  ['named metrics alone', message(bytes(8, entry('kv', 0.3)), double(6, 7))],
  ['utilization map', message(double(1, 0.5), double(6, 7), bytes(5, entry('gpu', 0.3)))],
  ['request cost', message(double(1, 0.5), double(6, 7), bytes(4, entry('db', 3)))],
  ['unknown varint', message(double(1, 0.5), double(6, 7), tagged(15, 0, varint(5)))],
  ['unknown bytes', message(double(1, 0.5), double(6, 7), bytes(15, Buffer.from('hello')))],
  ['unknown 64 bits', message(double(1, 0.5), double(6, 7), double(15, 1))],
  ['unknown 32 bits', message(double(1, 0.5), double(6, 7), fixed32(15, 1))],
  [
    'unknown field of a large number',
    message(double(1, 0.5), double(6, 7), Buffer.from('f8ffffff0f01', 'hex')),
  ],
  ['field number 0', message(double(1, 0.5), double(6, 7), Buffer.from('0005', 'hex'))],
  ['group', message(double(1, 0.5), double(6, 7), group(15))],
  ['group left open', message(double(1, 0.5), double(6, 7), Buffer.from([(15 << 3) | 3]))],
  ['end of a group', message(double(1, 0.5), double(6, 7), Buffer.from([(15 << 3) | 4]))],
  ['cpu as varint', message(tagged(1, 0, varint(1)), double(6, 7))],
  ['cpu as 32 bits', message(fixed32(1, 1), double(6, 7))],
  ['cpu as packed doubles', message(bytes(1, double(1, 0.5).subarray(1)), double(6, 7))],
  ['rps as 64 bits', message(double(1, 0.5), double(3, 7))],
  ['wire type 6', message(double(1, 0.5), Buffer.from([(15 << 3) | 6]))],
  ['cut in a double', good.subarray(0, 5)],
  ['cut in a length', message(double(1, 0.5), double(6, 7), Buffer.from('42', 'hex'))],
  ['length beyond the end', message(double(1, 0.5), double(6, 7), Buffer.from('427f61', 'hex'))],
  ['length of 2^32', message(double(1, 0.5), Buffer.from('42808080801061', 'hex'))],
  ['length of 2^63', message(double(1, 0.5), Buffer.from('4280808080808080808001', 'hex'))],
  [
    'varint of eleven bytes',
    message(double(1, 0.5), tagged(3, 0, Buffer.from('ffffffffffffffffffff01', 'hex'))),
  ],
  ['long tag', Buffer.concat([Buffer.from('8980808000', 'hex'), double(1, 0.5).subarray(1), double(6, 7)])],
  [
    'tag of six bytes',
    Buffer.concat([Buffer.from('898080808000', 'hex'), double(1, 0.5).subarray(1), double(6, 7)]),
  ],
  ['text', Buffer.from('TEXT cpu_utilization=0.5')],
];

export const binaryWire = wires.map(([name, value]) =>
  one('Protobuf', name, value.toString('base64'), BINARY),
);
