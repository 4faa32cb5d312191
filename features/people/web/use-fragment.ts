import { useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

/** The code behind the `#` of a link, read once and taken out of the address, so that no history and no screenshot keeps it. */
export function useFragment(): [code: string, set: (code: string) => void] {
  const router = useRouter();
  const hash = useLocation({ select: (location) => location.hash });
  const [code, setCode] = useState(hash);
  useEffect(() => {
    if (!hash) return;
    setCode(hash);
    const { pathname, searchStr } = router.state.location;
    router.history.replace(`${pathname}${searchStr}`);
  }, [hash, router]);
  return [code, setCode];
}
