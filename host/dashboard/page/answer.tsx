/** A question to the server, and its answer below it: or why there is none. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from './store.ts';

/** Undefined: nothing was asked. Text: why there is no answer. */
type Answer<T> = T | string | undefined;

export function useAnswer<T extends object>(
  name: string,
): readonly [Answer<T>, (query: URLSearchParams) => Promise<void>] {
  const [answer, setAnswer] = useState<Answer<T>>(undefined);
  return [
    answer,
    async (query) => setAnswer(await ask<T>(name, query).catch((error: Error) => error.message)),
  ];
}

interface Answered<T> {
  readonly answer: Answer<T>;
  readonly children: (answer: T) => ComponentChildren;
}

/** It is read out when it comes. */
export const Answered = <T extends object>({ answer, children }: Answered<T>) => (
  <div aria-live="polite">
    {typeof answer === 'string' ? <p class="bad">{answer}</p> : answer && children(answer)}
  </div>
);
