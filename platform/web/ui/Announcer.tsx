import { useSyncExternalStore } from 'react';
import { lastAnnouncements, listenToAnnouncements } from './announce.ts';

/** The two live regions. Stands once in the app, from the first moment, so that readers know it before it speaks. */
export function Announcer() {
  const said = useSyncExternalStore(listenToAnnouncements, lastAnnouncements);
  return (
    <>
      <div className="vh" role="status" aria-live="polite">
        {said.polite}
      </div>
      <div className="vh" role="alert" aria-live="assertive">
        {said.assertive}
      </div>
    </>
  );
}
