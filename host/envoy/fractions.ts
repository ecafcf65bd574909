/**
 * Shares of all requests → type.v3.FractionalPercent, each as Envoy Gateway writes it: what is finer than a
 * millionth is rounded down.
 */
import type { FractionalPercentJson } from '../proto/type_pb.js';

const MILLION = 1_000_000;
/** What floating point may lack of a whole millionth. */
const LACK = 1e-6;

const ofAMillion = (numerator: number, denominator: number): number =>
  Math.floor((numerator * MILLION) / denominator + LACK);

/** Of a hundred where that is whole, otherwise of a million. */
export const percent = (percentage: number): FractionalPercentJson =>
  Number.isInteger(percentage)
    ? { numerator: percentage }
    : { numerator: ofAMillion(percentage, 100), denominator: 'MILLION' };

/** Of a hundred for all requests, otherwise of a million. */
export const fraction = (numerator: number, denominator: number): FractionalPercentJson =>
  denominator === 1 && numerator === 1
    ? percent(100)
    : { numerator: ofAMillion(numerator, denominator), denominator: 'MILLION' };

/** `12.5 %`: as Envoy has it. */
export const percentText = (percentage: number): string => `${ofAMillion(percentage, 100) / 10_000} %`;
