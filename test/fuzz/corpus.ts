/**
 * Inputs kept for good: `corpus/<target>.json` is a list of texts that mutation starts from, and
 * `corpus/found/` holds whole inputs that once went wrong, which every run replays first. `tell` is for
 * people.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Input } from './target.ts';

export const corpusFolder = fileURLToPath(new URL('./corpus/', import.meta.url));

export const corpus = (target: string): string[] =>
  JSON.parse(readFileSync(`${corpusFolder}${target}.json`, 'utf8')) as string[];

export interface Found {
  readonly target: string;
  readonly tell: string;
  readonly input: Input;
}

export const found = (): (Found & { readonly file: string })[] =>
  existsSync(`${corpusFolder}found`)
    ? readdirSync(`${corpusFolder}found`)
        .sort()
        .map((file) => ({
          file,
          ...(JSON.parse(readFileSync(`${corpusFolder}found/${file}`, 'utf8')) as Found),
        }))
    : [];
