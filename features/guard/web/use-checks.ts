import type { AnswerOf } from '@underseal/contract';
import { useRef, useState } from 'react';
import { describeError, useAct, type Described } from '#platform/web/operations.ts';
import { guard, LARGEST_CONTENT } from '../contract.ts';

export type Inspection = AnswerOf<typeof guard.inspect>;
/** Why a file did not come to be read at all. */
type Unsent = 'too-large' | 'not-readable' | 'too-many';
export type Outcome =
  | { readonly kind: 'inspected'; readonly inspection: Inspection }
  | { readonly kind: 'unsent'; readonly why: Unsent }
  | { readonly kind: 'failed'; readonly error: Described };
export interface Checked {
  readonly key: number;
  /** Of the file, or the pasted text as it was when it was checked. */
  readonly name?: string | undefined;
  readonly text?: string | undefined;
  readonly outcome: Outcome;
}
export interface Run {
  readonly done: readonly Checked[];
  /** How many there are in all, and what is read now. */
  readonly of: number;
  readonly now?: string | undefined;
}
/** Files that are checked after one drop; the rest is told as not inspected. */
export const MOST_FILES = 50;

/** Checks one after the other. What is asked for anew takes the place of all that was answered before, also of what is still on its way. */
export function useChecks(onEnd: (done: readonly Checked[]) => void) {
  const inspect = useAct(guard.inspect, { anew: true });
  const [run, setRun] = useState<Run>();
  const latest = useRef(0);

  const ask = async (input: { text: string } | { base64: string; name: string }): Promise<Outcome> => {
    try {
      return { kind: 'inspected', inspection: await inspect.mutateAsync({ ...input, exit: 'page' }) };
    } catch (error) {
      return { kind: 'failed', error: describeError(error) };
    }
  };
  const go = async (asked: readonly { readonly name?: string; readonly text?: string; readonly ask: () => Promise<Outcome> }[]) => {
    const mine = ++latest.current;
    const done: Checked[] = [];
    for (const [key, one] of asked.entries()) {
      setRun({ done: [...done], of: asked.length, now: one.name ?? '' });
      const outcome = await one.ask();
      if (latest.current !== mine) return;
      done.push({ key, name: one.name, text: one.text, outcome });
    }
    setRun({ done, of: asked.length });
    onEnd(done);
  };
  return {
    run,
    checkText: (text: string) => void go([{ text, ask: () => ask({ text }) }]),
    checkFiles: (files: readonly File[]) =>
      void go(files.map((file, i) => ({ name: file.name, ask: async () => (i < MOST_FILES ? sendFile(file, ask) : unsent('too-many')) }))),
    clear: () => {
      latest.current++;
      setRun(undefined);
    },
  };
}

async function sendFile(file: File, ask: (input: { base64: string; name: string }) => Promise<Outcome>): Promise<Outcome> {
  if (file.size > LARGEST_CONTENT) return unsent('too-large');
  // A folder is given as a file that cannot be read, and so is one that was moved or changed since.
  const base64 = await toBase64(file).catch(() => undefined);
  return base64 === undefined ? unsent('not-readable') : ask({ base64, name: file.name.slice(-255) });
}
function unsent(why: Unsent): Outcome {
  return { kind: 'unsent', why };
}

function toBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () =>
      resolve(
        String(reader.result)
          .replace(/^data:[^,]*,/, '')
          .replace(/^data:$/, ''),
      );
    reader.onerror = () => reject(new Error('The file could not be read'));
    reader.readAsDataURL(file);
  });
}
