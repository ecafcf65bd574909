/** The command line itself: help, versions, what is wrong with it and what was probably meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPort, parseOptions, wholeNumber } from '../../../host/cli/args.ts';
import { commands } from '../../../host/cli/commands/index.ts';
import { UsageError } from '../../../host/run/errors.ts';
import { run } from './run-cli.ts';

test('without a command: the help on standard error, wrong usage', async () => {
  const { code, stdout, stderr } = await run([]);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  for (const { name } of commands) assert.match(stderr, new RegExp(`^  ${name} `, 'm'));
});

test('help is good usage, everywhere, and names every option with its short form', async () => {
  for (const { name, options } of commands) {
    const first = await run([name, '--help']);
    assert.equal(first.code, 0);
    assert.equal(first.stdout, (await run(['help', name])).stdout);
    assert.equal(first.stdout, (await run([name, '--no-such-option', '-h'])).stdout);
    for (const [option, { short }] of Object.entries(options)) {
      assert.match(
        first.stdout,
        new RegExp(`^ +${short === undefined ? '' : `-${short}, `}--${option}\\b`, 'm'),
      );
    }
    for (const line of first.stdout.split('\n'))
      assert.ok(line.length <= 130, `too long for a terminal: ${line}`);
  }
});

test('every option in an example exists', () => {
  for (const { name, options, examples } of commands) {
    for (const line of examples) {
      for (const [word] of line.matchAll(
        new RegExp(`(?<=loadstar ${name}\\b[^)]*\\s)--?[a-z][a-z-]*`, 'g'),
      )) {
        const known = Object.entries(options).flatMap(([long, { short }]) => [`--${long}`, `-${short}`]);
        assert.ok(known.includes(word), `${name}: ${line}: ${word}`);
      }
    }
  }
});

test('the version', async () => {
  assert.deepEqual(await run(['--version']), { code: 0, stdout: 'loadstar 1.2.3\n', stderr: '' });
});

const wrong: readonly [argv: string[], message: RegExp][] = [
  [['transalte'], /there is no command "transalte"; did you mean translate\?/],
  [['xyzzy'], /there is no command "xyzzy"$/m],
  [['translate'], /no manifests are given: -f PATH/],
  [['translate', '-f', 'a', '--stric'], /there is no option --stric; did you mean --strict\?/],
  [['translate', '-f', 'a', '-x'], /there is no option -x/],
  [['translate', '-f'], /-f needs a value: -f PATH/],
  [['translate', '-f', '--strict'], /-f needs a value before --strict/],
  [['translate', 'a.yaml'], /unexpected argument "a.yaml"; manifests are given with -f: -f a.yaml/],
  [
    ['translate', '-f', 'a', '--engine', 'nativ'],
    /--engine must be filter or native, not "nativ"; did you mean native\?/,
  ],
  [['translate', '-f', 'a', '--engine', 'native', '--engine', 'native'], /--engine is given twice/],
  [['run', '-f', 'a', '--dashboard', '--dashboard'], /--dashboard is given twice/],
  [['translate', '-f', 'a', '--strict=yes'], /--strict takes no value, not "yes"/],
  [
    ['translate', '-f', 'a', '--engine', 'native', '--admin', 'localhost:1'],
    /--admin must be an IP address and a port/,
  ],
  [['check', '-f', 'a', '--rate-limit-service', 'counts'], /--rate-limit-service must be a host and a port/],
  [['check', '-f', 'a', '--rate-limit-service', 'counts:0'], /--rate-limit-service must be/],
  [['check', '-f', 'a', '--rate-limit-fail-closed'], /needs --rate-limit-service HOST:PORT/],
  [['run', '-f', 'a', '--concurrency', '0'], /--concurrency must be a whole number from 1 to 1024, not "0"/],
  [['bootstrap', '--xds', '127.0.0.1:18000'], /--node is missing: the name of this Envoy$/m],
  [['bootstrap', '--xds', '127.0.0.1:18000', '--node', 'a b'], /no blanks, not "a b"/],
  [['envoy', 'now'], /unexpected argument "now"/],
];
for (const [argv, message] of wrong) {
  test(`wrong usage: ${argv.join(' ')}`, async () => {
    const { code, stdout, stderr } = await run(argv);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.match(stderr, /^See loadstar/m);
    assert.doesNotMatch(stderr, /\n\s+at /, 'a stack trace');
  });
}

test('words after -f are further manifests, - is standard input', () => {
  const table = {
    file: { short: 'f', value: 'PATH', repeatable: true as const, help: '' },
    strict: { help: '' },
  };
  const args = parseOptions(['-f', 'a', 'b', '--strict', '-f', '-', '--file=c'], table, 'file');
  assert.deepEqual(args.many('file'), ['a', 'b', '-', 'c']);
  assert.equal(args.has('strict'), true);
});

test('addresses and numbers at their bounds', () => {
  assert.deepEqual(hostPort('--admin', '[::1]:0'), { address: '::1', port: 0 });
  assert.deepEqual(hostPort('--admin', '0.0.0.0:65535'), { address: '0.0.0.0', port: 65_535 });
  for (const bad of [
    '127.0.0.1',
    '127.0.0.1:65536',
    '256.0.0.1:1',
    ':1',
    'x:1',
    '127.0.0.1:',
    '1:2:3',
    '[:::::]:1',
    '[1.2.3.4]:1',
    '1.2.3:1',
  ]) {
    assert.throws(() => hostPort('--admin', bad), UsageError, bad);
  }
  assert.equal(wholeNumber('--n', '7', 1, 7), 7);
  for (const bad of ['8', '-1', '1.5', '', '1e0'])
    assert.throws(() => wholeNumber('--n', bad, 1, 7), UsageError, bad);
});
