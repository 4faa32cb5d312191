import { people } from '#features/people/contract.ts';
import { useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';
import { EmployeeHome } from './EmployeeHome.tsx';
import { InDoubtHome } from './InDoubtHome.tsx';
import { KeeperHome } from './KeeperHome.tsx';
import { OperatorHome } from './OperatorHome.tsx';

/** The first page: what needs the reader today. Who reviews what matched has another one than who works with secrets or runs the program. */
export function HomePage() {
  const mayReview = useMay('guard:review');
  const mayList = useMay('register:list');
  const me = useRead(people.me, {});
  if (me.data?.inDoubt) return <InDoubtHome />;
  if (mayReview) return <KeeperHome />;
  return mayList ? <EmployeeHome /> : <OperatorHome />;
}
