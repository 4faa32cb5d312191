export * from './client.ts';
export * from './event.ts';
export * from './failure.ts';
export * from './ids.ts';
export * from './operation.ts';
export * from './page.ts';
