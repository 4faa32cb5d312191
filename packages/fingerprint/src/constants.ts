/** Folded bytes in one gram: 32 Latin letters, 16 Cyrillic, about 11 Chinese. */
export const GRAM = 32;

/** Window, in grams, at registration and for texts up to `WIDE_ABOVE`: a common run of 47 folded bytes is found. */
export const WINDOW = 16;

/** Window for longer texts. What it selects is a subset of what `WINDOW` selects; a common run of 63 folded bytes is found. */
export const WIDE_WINDOW = 32;

/** UTF-16 units above which a text is scanned with `WIDE_WINDOW`. */
export const WIDE_ABOVE = 262_144;

/** Of a gram's bytes, so many equal to the byte 1, 2, 3 or 4 before make the gram low in entropy: rules of dashes, matrices of noughts. */
export const UNIFORM_FROM = 24;

/** Channel number of the folded text in a segment and in the key's domains. Other channels take other numbers. */
export const TEXT_CHANNEL = 1;

/**
 * Folded characters that a match needs. Measured on 2,029 registered documents and 4,000 unrelated messages of 4 KB: at 52 none was flagged,
 * at 40 0.8 %, at 32 2.2 %. Hit counts say less than coverage: six hits may lie within 39 characters.
 */
export const MATCH_FROM = 52;
/** Coverage from which a match is `likely`: above nearly every formula that strangers share. */
export const LIKELY_FROM = 120;
/** Coverage from which a match is `certain`: the least that others accept as part of a document (their partial match starts at 300). */
export const CERTAIN_FROM = 300;

/**
 * Folded bytes below which a document is short: winnowing may leave `WINDOW` - 1 bytes uncovered at either end, so that even a copy of the whole could
 * come to less than `MATCH_FROM`.
 */
export const SHORT_BELOW = MATCH_FROM + 2 * (WINDOW - 1);
/**
 * A short document matches when this share of what its fingerprints reach is covered. Of the reach, not of the document: a text of 50 bytes may have
 * but one fingerprint of 32.
 */
export const SHORT_SHARE = 0.8;

/** Folded characters without a hit that end a cluster. The thresholds above were measured with this gap. */
export const CLUSTER_GAP = 400;

/** A gram counts for so many lineages of one segment, the first that were registered: bounds what is told of boilerplate, and lets nobody make a text of others count for none. */
export const LINEAGES_MAX = 32;
/** Places of one gram kept for one document. */
export const PLACES_MAX = 4;
/** Places of one gram kept in one segment: bounds what a single look-up can cost. */
export const POSTINGS_MAX = 256;
/** Copies of one gram in a scanned text that are looked up. */
export const COPIES_MAX = 64;
/** Hits read in one scan. A scan that reaches this says `incomplete`. */
export const HITS_MAX = 2_097_152;
/** Matches, traces, and passages a match, that a scan lists unless told otherwise. */
export const LIST_MAX = 100;
