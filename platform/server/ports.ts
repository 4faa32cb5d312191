/** Time comes in, so that a test can hold it. */
export interface Clock {
  now(): Date;
}
export const systemClock: Clock = { now: () => new Date() };
