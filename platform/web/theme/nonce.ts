let nonce: string | undefined;

/**
 * The nonce under which we may add `<style>` elements. The server writes it into the page when it serves it.
 * It is read once and taken out of the document, so that injected markup cannot find it there.
 */
export function styleNonce(): string {
  if (nonce === undefined) {
    const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');
    const found = meta?.content ?? '';
    nonce = found === '__CSP_NONCE__' ? '' : found;
    meta?.remove();
  }
  return nonce;
}
