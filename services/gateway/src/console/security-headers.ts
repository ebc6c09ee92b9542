import type { Settings } from '@quartet/contracts';

/** Nothing but the console's own files and calls; `blob:` is what a page makes itself of the images, sounds and videos that it was given. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  'media-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The headers of every response. */
export function headersOf(settings: Settings): Record<string, string> {
  return {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // The microphone is for the page itself, which transcribes what is said; the browser asks its user first.
    'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
    ...(settings.QUARTET_TLS_CERT === '' ? {} : { 'strict-transport-security': 'max-age=31536000' }),
  };
}
