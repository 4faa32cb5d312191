/** Where sealed bytes lie: the port, its folder of files, and its fake. Another store (S3) is one more implementation that passes blobs/store-suite.ts. */
export { BlobError } from './blobs/port.ts';
export type { BlobEntry, BlobErrorCode, BlobHealth, BlobStore, BlobWriter } from './blobs/port.ts';
export { createDirectoryBlobs } from './blobs/directory.ts';
export { createMemoryBlobs } from './blobs/memory.ts';
