import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { renewAll } from '#platform/web/operations.ts';
import { useSessionState } from '#platform/web/shell/index.ts';
import { announce } from '#platform/web/ui/index.ts';
import { createUploadQueue, isUnderWay, type UploadQueue } from './queue.ts';

const Queue = createContext<UploadQueue | undefined>(undefined);

/** Stands above the router, so that uploads go on while one looks at other pages. They end with the session. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [queue] = useState(() =>
    createUploadQueue({
      onKept() {
        announce('A document is kept');
        void renewAll(queries);
      },
      onDropped: () => renewAll(queries),
    }),
  );
  const isIn = useSessionState().is === 'in';
  useEffect(() => {
    if (!isIn) queue.end();
  }, [queue, isIn]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (queue.rows().some(isUnderWay)) event.preventDefault();
    };
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [queue]);
  return <Queue value={queue}>{children}</Queue>;
}

export function useUploadQueue(): UploadQueue {
  const queue = use(Queue);
  if (!queue) throw new Error('Cannot upload: the page stands outside the provider of uploads');
  return queue;
}
