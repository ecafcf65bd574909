/** Shares of all requests → type.v3.FractionalPercent, each as Envoy Gateway writes it. */
import type { FractionalPercentJson } from '../proto/type_pb.js';

/** Of a hundred where that is whole, otherwise of a million. */
export const percent = (percentage: number): FractionalPercentJson =>
  Number.isInteger(percentage)
    ? { numerator: percentage }
    : { numerator: Math.round(percentage * 10_000), denominator: 'MILLION' };

/** Of a hundred for all requests, otherwise of a million. */
export const fraction = (numerator: number, denominator: number): FractionalPercentJson =>
  denominator === 1 && numerator === 1
    ? percent(100)
    : { numerator: Math.round((numerator / denominator) * 1_000_000), denominator: 'MILLION' };
