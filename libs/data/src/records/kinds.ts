/** Kinds of data whose examples are records: fields of bytes, of any lengths. */
export type RecordKind = 'text' | 'pairs' | 'tagged' | 'recording' | 'caption';

/** The fields of each kind, in stored order: `schema.columns`. */
export const RECORD_FIELDS: Readonly<Record<RecordKind, readonly string[]>> = {
  /** UTF-8. */
  text: ['text'],
  /** UTF-8 both. */
  pairs: ['source', 'target'],
  /** UTF-8: a sentence's tokens, and as many tags, each joined by line breaks. */
  tagged: ['tokens', 'tags'],
  /** 16-bit little-endian PCM, one channel, at `schema.sampleRate`; and what is said, in UTF-8, maybe nothing. */
  recording: ['audio', 'text'],
  /** A PNG or JPEG file, and UTF-8. */
  caption: ['image', 'text'],
};

export const isRecordKind = (kind: string): kind is RecordKind => Object.hasOwn(RECORD_FIELDS, kind);
