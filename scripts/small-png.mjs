// A picture of a page made smaller: a PNG of true colours, as Chromium writes it, becomes one with a palette.
// Five bits of each colour are enough for text, lines and areas; the commonest 256 are kept.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const HEAD = Buffer.from('89504e470d0a1a0a', 'hex');
const LEVELS = 31;
const MAX_COLOURS = 256;

/** @param {Buffer} png Eight bits a channel, three or four channels, not interlaced. */
export function smallPng(png) {
  const { width, height, channels, pixels } = decode(png);
  const colours = new Map();
  const keys = new Uint16Array(width * height);
  for (let i = 0; i < keys.length; i++) {
    const at = i * channels;
    const key = (coarse(pixels[at]) << 10) | (coarse(pixels[at + 1]) << 5) | coarse(pixels[at + 2]);
    keys[i] = key;
    const known = colours.get(key) ?? { count: 0, sum: [0, 0, 0] };
    known.count++;
    for (let c = 0; c < 3; c++) known.sum[c] += pixels[at + c];
    colours.set(key, known);
  }
  const kept = [...colours].sort(([, a], [, b]) => b.count - a.count).slice(0, MAX_COLOURS);
  const palette = kept.map(([, { count, sum }]) => sum.map((all) => Math.round(all / count)));
  const numbers = new Map(kept.map(([key], number) => [key, number]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const key = keys[y * width + x];
      if (!numbers.has(key)) numbers.set(key, nearest(palette, key));
      rows[y * (width + 1) + 1 + x] = numbers.get(key);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    HEAD,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const coarse = (value) => Math.round((value * LEVELS) / 255);

function nearest(palette, key) {
  const wanted = [key >> 10, (key >> 5) & LEVELS, key & LEVELS].map((level) => (level * 255) / LEVELS);
  const distance = (colour) => colour.reduce((sum, value, c) => sum + (value - wanted[c]) ** 2, 0);
  let best = 0;
  for (let i = 1; i < palette.length; i++) if (distance(palette[i]) < distance(palette[best])) best = i;
  return best;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

function decode(png) {
  const parts = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = HEAD.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      channels = data[9] === 6 ? 4 : 3;
    }
    if (type === 'IDAT') parts.push(data);
    at += length + 12;
  }
  return {
    width,
    height,
    channels,
    pixels: unfiltered(inflateSync(Buffer.concat(parts)), width, height, channels),
  };
}

/** The five filters of PNG, section 9 of its specification. */
function unfiltered(rows, width, height, channels) {
  const line = width * channels;
  const pixels = Buffer.alloc(line * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (line + 1)];
    for (let x = 0; x < line; x++) {
      const at = y * line + x;
      const left = x < channels ? 0 : pixels[at - channels];
      const up = y === 0 ? 0 : pixels[at - line];
      const corner = x < channels || y === 0 ? 0 : pixels[at - line - channels];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[at] = rows[y * (line + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
