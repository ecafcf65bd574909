/** The commands, in the order of the help text. */
import type { Command } from '../command.ts';
import { check } from './check.ts';
import { envoy } from './envoy.ts';
import { run } from './run.ts';
import { translate } from './translate.ts';

export const commands: readonly Command[] = [translate, check, run, envoy];
