/** The commands, in the order of the help text. */
import type { Command } from '../command.ts';
import { bootstrap } from './bootstrap.ts';
import { check } from './check.ts';
import { envoy } from './envoy.ts';
import { explain } from './explain.ts';
import { exporting } from './export.ts';
import { run } from './run.ts';
import { serve } from './serve.ts';
import { simulate } from './simulate.ts';
import { status } from './status.ts';
import { translate } from './translate.ts';

export const commands: readonly Command[] = [
  translate,
  check,
  run,
  explain,
  simulate,
  serve,
  bootstrap,
  status,
  exporting,
  envoy,
];
