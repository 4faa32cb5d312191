import type { RouterOptions, SessionState } from '#platform/web/shell/index.ts';

/** Who is at the screen. Nobody can be yet: the feature that signs people in gives this its answer. */
export function useSessionNow(): SessionState {
  return { is: 'out' };
}

/** What the frame takes from features: figures beside the places, the finder's search, signing out. */
export const useShell: NonNullable<RouterOptions['useShell']> = () => ({});
