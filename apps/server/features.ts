import { createGate } from '#features/access/server/gate.ts';
import { accessFeature } from '#features/access/server/index.ts';
import { evidenceFeature } from '#features/evidence/server/index.ts';
import { guardFeature } from '#features/guard/server/index.ts';
import { peopleFeature } from '#features/people/server/index.ts';
import { registerFeature } from '#features/register/server/index.ts';
import { vaultFeature } from '#features/vault/server/index.ts';
import type { Feature } from '#platform/server/feature.ts';

/** Every feature of the product, ground first. */
export const allFeatures = [peopleFeature, registerFeature, accessFeature, vaultFeature, guardFeature, evidenceFeature] as unknown as readonly Feature[];
export { createGate };
