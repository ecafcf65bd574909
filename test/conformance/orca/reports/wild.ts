/** Reports that servers send. */
import { double, message } from '../wire.ts';
import { BINARY, doc, one } from './case.ts';

export const wild = [
  one('Seen in the wild', 'the documents’ TEXT', doc),
  one(
    'Seen in the wild',
    'vLLM, TEXT',
    'TEXT named_metrics.kv_cache_usage_perc=0.4, named_metrics.num_requests_waiting=3',
  ),
  one(
    'Seen in the wild',
    'vLLM, JSON',
    'JSON {"named_metrics": {"kv_cache_usage_perc": 0.4, "num_requests_waiting": 3}}',
  ),
  one(
    'Seen in the wild',
    'Triton, TEXT',
    'TEXT named_metrics.kv_cache_utilization=0.4, named_metrics.max_token_capacity=8192',
  ),
  one(
    'Seen in the wild',
    'Triton, JSON',
    'JSON {"named_metrics": {"kv_cache_utilization": 0.4, "max_token_capacity": 8192}}',
  ),
  one(
    'Seen in the wild',
    'no prefix, colons (Supabase)',
    'application_utilization:4,named_metrics.queue_depth:4',
  ),
  one('Seen in the wild', 'no prefix (Azure)', 'gpu_utilization=0.6'),
  one('Seen in the wild', 'camelCase JSON (Azure)', '{"cpuUtilization":0.4,"memUtilization":0.5}'),
  one(
    'Seen in the wild',
    'gRPC, utilization and rate',
    message(double(1, 0.4), double(6, 12.5), double(9, 0.35)).toString('base64'),
    BINARY,
  ),
  one(
    'Seen in the wild',
    'gRPC, unpadded',
    message(double(1, 0.4), double(6, 12.5)).toString('base64').replace(/=+$/, ''),
    BINARY,
  ),
];
