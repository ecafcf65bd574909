/**
 * The forms of a load report as the documents show them, with their values but for the CPU's, which the demo
 * moves. The documents' binary example is not a parsable OrcaLoadReport; beside it stands one that is, with
 * the same two metrics. Field numbers: cncf/xds xds/data/orca/v3/orca_load_report.proto (cpu_utilization = 1,
 * mem_utilization = 2, both double).
 */
import type { Reporter } from './backends.ts';

export const json: Reporter = (cpu) => ({
  'endpoint-load-metrics': `JSON {"cpu_utilization": ${cpu}, "mem_utilization": 0.8}`,
});

export const text: Reporter = (cpu) => ({ 'endpoint-load-metrics': `TEXT cpu=${cpu},mem=0.8,foo_bytes=123` });

/** Character by character from the documents, whatever the load. */
export const documentedBinary: Reporter = () => ({
  'endpoint-load-metrics-bin': 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw==',
});

export const binary: Reporter = (cpu) => {
  const report = Buffer.alloc(18);
  // Tag = field number << 3 | wire type 1 (64 bits).
  report.writeUInt8((1 << 3) | 1, 0);
  report.writeDoubleLE(cpu, 1);
  report.writeUInt8((2 << 3) | 1, 9);
  report.writeDoubleLE(0.8, 10);
  return { 'endpoint-load-metrics-bin': report.toString('base64') };
};
