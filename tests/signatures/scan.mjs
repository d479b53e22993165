// Reads the code on a page of a report as a telephone would.
//
// usage: node scan.mjs PAGE.ppm    prints what the code says

import { readFileSync } from 'node:fs';
import jsqr from 'jsqr';

const file = readFileSync(process.argv[2]);
const [, width, height] = file.subarray(0, 40).toString('latin1').match(/^P6\s(\d+)\s(\d+)\s255\s/).map(Number);
const from = file.length - width * height * 3;
const colours = new Uint8ClampedArray(width * height * 4).fill(255);
for (let at = 0; at < width * height; at += 1) for (let c = 0; c < 3; c += 1) colours[at * 4 + c] = file[from + at * 3 + c];
const found = (jsqr.default ?? jsqr)(colours, width, height);
if (!found) throw new Error('no code');
process.stdout.write(found.data);
