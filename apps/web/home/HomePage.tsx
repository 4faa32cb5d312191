import { useMay } from '#platform/web/shell/index.ts';
import { EmployeeHome } from './EmployeeHome.tsx';
import { KeeperHome } from './KeeperHome.tsx';
import { OperatorHome } from './OperatorHome.tsx';

/** The first page: what needs the reader today. Who reviews what matched has another one than who works with secrets or runs the program. */
export function HomePage() {
  const mayReview = useMay('guard:review');
  const mayList = useMay('register:list');
  if (mayReview) return <KeeperHome />;
  return mayList ? <EmployeeHome /> : <OperatorHome />;
}
