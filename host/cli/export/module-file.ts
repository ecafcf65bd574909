/** The modules that lie here, as files with the names that they have where Envoy finds them. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { hashedModule, type Module } from '../../export/modules.ts';
import { RunError, reasonOf } from '../../run/errors.ts';

/** @throws {RunError} when it cannot be read */
export function readModule(path: string): Module {
  try {
    return hashedModule(basename(path), readFileSync(path));
  } catch (error) {
    throw new RunError(`the filter cannot be read: ${reasonOf(error)}`);
  }
}
