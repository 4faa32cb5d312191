import { useParams } from '@tanstack/react-router';

/** A word of the path: in `/register/$secretId`, `useParam('secretId')`. */
export function useParam(name: string): string {
  const params = useParams({ strict: false }) as Record<string, string | undefined>;
  const value = params[name];
  if (value === undefined) throw new Error(`Cannot read "${name}": this page's path has no such word`);
  return value;
}
