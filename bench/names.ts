export const NAMES = ['door', 'acts', 'check', 'upload', 'extraction', 'fingerprint'] as const;
export type Name = (typeof NAMES)[number];
