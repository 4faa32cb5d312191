import { useEffect, useRef } from 'react';

/** Opens a `<dialog>` as a modal while it is mounted, and gives the focus back where it was. */
export function useModal() {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      // React has taken the dialog away by now, so the browser no longer does this by itself.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return ref;
}
