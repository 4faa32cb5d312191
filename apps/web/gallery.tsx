import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import {
  ActDialog,
  AsOf,
  BarChart,
  Button,
  ButtonLink,
  Bytes,
  CheckField,
  Chip,
  ChoiceField,
  Clauses,
  Clocks,
  CodeField,
  CodeName,
  Conditions,
  CopyOnce,
  DateField,
  Digest,
  DropField,
  Duties,
  Empty,
  ErrorNote,
  Facts,
  Figures,
  FilterSelect,
  Instant,
  Link,
  Loading,
  MarkedText,
  Meter,
  Money,
  MultiSelect,
  NextSteps,
  Notice,
  NumberField,
  Page,
  Pager,
  PassageBar,
  PassagePairs,
  PasswordField,
  Qr,
  Section,
  Select,
  SelectionBar,
  SetupStep,
  SheetPage,
  Spark,
  State,
  Steps,
  Sub,
  Table,
  TextArea,
  TextField,
  Tier,
  Timeline,
  Todo,
  Toolbar,
  UploadRow,
  useFields,
  useListUrl,
  useUrl,
  Verdict,
  Views,
  Who,
} from '#platform/web/ui/index.ts';
import type { Column, TimelineEntry } from '#platform/web/ui/index.ts';
import { AppShell, Broken, NotFound, Or, SessionContext, SignedOut, TwoForms } from '#platform/web/shell/index.ts';
import type { PageEntry, Session } from '#platform/web/shell/index.ts';

// A page for those who build: every part of the kit with invented things in it. It is not in a build for use.

const nothing = () => undefined;
const never = () => new Promise<never>(nothing);
const place = (path: string, verb: NonNullable<PageEntry['nav']>['verb'], label?: string, order?: number): PageEntry => ({
  path,
  component: never,
  nav: { verb, label, order },
});
const places = [
  place('/gallery', 'home'),
  place('/gallery/list', 'register'),
  place('/gallery/access', 'guard', 'Access', 1),
  place('/gallery/documents', 'guard', 'Documents', 2),
  place('/gallery/check', 'guard', 'Exits', 3),
  place('/gallery/sheet', 'prove'),
  place('/gallery/forms', 'programme', 'Forms'),
  place('/gallery/home', 'programme', 'Home'),
  place('/gallery/dialog', 'law'),
  place('/gallery/empty', 'settings'),
];
const session: Session = { name: 'Ines Tamarit', role: 'IP counsel', organisation: 'Halvorsen Ceramics', permissions: new Set() };

type Row = {
  id: string;
  code: string;
  title: string;
  tier: number;
  state: 'holds' | 'gap' | 'breach';
  words: string;
  owner: string;
  people: number;
  trend: number[];
  at: string;
};
const rows: Row[] = [
  {
    id: 'a',
    code: 'KESTREL',
    title: 'Firing schedule, separator line 2',
    tier: 3,
    state: 'gap',
    words: '2 gaps',
    owner: 'Ravi Sundaram',
    people: 14,
    trend: [1, 3, 2, 6, 4, 7, 9],
    at: '2026-11-12T09:06:00Z',
  },
  {
    id: 'b',
    code: 'OSPREY',
    title: 'Slurry formulation',
    tier: 3,
    state: 'breach',
    words: 'Leaked',
    owner: 'Hsu Mei-Ling',
    people: 9,
    trend: [2, 2, 2, 1, 5, 8, 3],
    at: '2026-11-12T08:47:00Z',
  },
  {
    id: 'c',
    code: 'LAPWING',
    title: 'Kiln atmosphere control',
    tier: 2,
    state: 'holds',
    words: 'Protected',
    owner: 'Jonas Brekkemo',
    people: 31,
    trend: [4, 4, 5, 4, 4, 3, 4],
    at: '2026-11-11T14:05:00Z',
  },
  {
    id: 'd',
    code: 'MERLIN',
    title: 'Price model',
    tier: 1,
    state: 'holds',
    words: 'Protected',
    owner: 'Ines Tamarit',
    people: 62,
    trend: [1, 1, 0, 0, 2, 1, 0],
    at: '2026-11-02T07:30:00Z',
  },
];
const columns: Column<Row>[] = [
  {
    id: 'secret',
    head: 'Secret',
    sortable: true,
    cell: (row) => (
      <>
        <CodeName to="/gallery/sheet">{row.code}</CodeName>
        <Sub>{row.title}</Sub>
      </>
    ),
  },
  { id: 'tier', head: 'Tier', sortable: true, cell: (row) => <Tier tier={row.tier} /> },
  { id: 'state', head: 'Protection', sortable: true, cell: (row) => <State kind={row.state}>{row.words}</State> },
  { id: 'owner', head: 'Owner', sortable: true, cell: (row) => row.owner },
  { id: 'people', head: 'People', sortable: true, first: 'down', figures: true, cell: (row) => row.people },
  {
    id: 'trend',
    head: '12 months',
    wideOnly: true,
    cell: (row) => <Spark values={row.trend} words={`From ${row.trend[0]} to ${row.trend.at(-1)} openings a month`} />,
  },
  { id: 'at', head: 'Last activity', sortable: true, first: 'down', figures: true, cell: (row) => <Instant at={row.at} precision="day" /> },
];
const entries: TimelineEntry[] = [
  { id: '1', at: '2026-11-12T09:06:00Z', mark: 'breached', text: 'Elements 2 and 3 matched in a paper, before submission. Held', entry: 48215 },
  { id: '2', at: '2026-11-12T09:02:00Z', mark: 'acted', text: 'You opened the text of element 2', entry: 48207 },
  { id: '3', at: '2026-11-12T09:01:00Z', mark: 'looked', text: 'You opened this sheet', entry: 48204 },
  { id: '4', at: '2026-11-11T23:00:00Z', mark: 'lapsed', text: 'Notice to Amara Diallo fell due; access stays closed', entry: 48166 },
  { id: '5', at: '2026-11-11T22:59:58Z', mark: 'sealed', text: 'Sealed and stamped by two authorities' },
  { id: '6', at: '2026-09-01T07:12:00Z', mark: 'acted', text: 'Grant to Chen Wei-Ting, approved by two', entry: 42880 },
];

function ListPart() {
  const url = useListUrl({ by: 'at', down: true });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['a']));
  return (
    <Page
      path={['Register']}
      title="112 secrets. 103 are protected."
      lede="Seven have gaps, one review is overdue, one has leaked."
      actions={
        <>
          <Button>Import</Button>
          <ButtonLink variant="filled" to="/gallery/forms">
            Register a secret
          </ButtonLink>
        </>
      }
    >
      <Views
        views={[
          { label: 'All', to: url.to({}), count: 112, current: !url.filter('view') },
          { label: 'With gaps', to: url.to({ view: 'gaps' }), count: 7, current: url.filter('view') === 'gaps' },
          { label: 'Tier 3', to: url.to({ view: 'tier3' }), count: 9, current: url.filter('view') === 'tier3' },
        ]}
      />
      <Toolbar label="Search the register" placeholder="Code name, title, owner" search={url.q} onSearch={url.setQ}>
        <FilterSelect
          label="Tier"
          value={url.filter('tier')}
          onChange={(value) => url.setFilter('tier', value)}
          options={[
            { value: '1', label: 'Tier 1' },
            { value: '2', label: 'Tier 2' },
            { value: '3', label: 'Tier 3' },
          ]}
        />
        <Chip on={url.filter('recent') !== 'no'} onToggle={() => url.setFilter('recent', url.filter('recent') === 'no' ? '' : 'no')}>
          Active in the last 30 days
        </Chip>
      </Toolbar>
      <Table
        caption="Secrets, newest activity first"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.id}
        sort={url.sort}
        sortTo={url.sortTo}
        dense
        keys
        selection={{ chosen, onChange: setChosen, nameOf: (row) => row.code }}
      />
      <SelectionBar count={chosen.size} onClear={() => setChosen(new Set())}>
        <button type="button">Ask owners to review</button>
        <button type="button">Export the list</button>
      </SelectionBar>
      <Pager shown={4} total={112} noun="secrets" firstTo={url.firstTo} nextTo={url.afterTo('c2')} />
      <Section title="The same, loading below">
        <Pager shown={4} noun="secrets" onMore={nothing} busy={false} />
      </Section>
    </Page>
  );
}

function SheetPart() {
  const [tab] = useUrl('tab', 'overview');
  const [day, setDay] = useState('2026-11-12');
  const [open, setOpen] = useState(false);
  const tabs = [
    ['overview', 'Overview'],
    ['people', 'People', 14],
    ['documents', 'Documents', 6],
    ['measures', 'Measures', '16 of 19'],
    ['exposure', 'Exposure', 2],
    ['dossier', 'Dossier'],
  ] as const;
  return (
    <SheetPage
      path={[{ label: 'Register', to: '/gallery/list' }, 'Tier 3']}
      title={<CodeName>KESTREL</CodeName>}
      documentTitle="KESTREL"
      subtitle="Firing schedule, separator line 2"
      state={{ kind: 'gap', words: 'Protected, with 2 gaps.' }}
      summary="One of 14 people has not read the notice, and the leak drill is 12 days overdue. Two drafts quoted it on their way out; both were stopped."
      actions={
        <>
          <Button>Print the dossier</Button>
          <Button variant="filled" onClick={() => setOpen(true)}>
            Mend 2 gaps
          </Button>
        </>
      }
      facts={[
        ['Owner', 'Ravi Sundaram'],
        ['Held since', <Instant key="a" at="2021-02-03" precision="day" />],
        ['Next review', <Instant key="b" at="2027-02-03" precision="day" />],
        ['Used in', 'Germany, Taiwan'],
        [
          'Strictest standard',
          <Link key="c" to="/gallery">
            Germany, GeschGehG s. 2
          </Link>,
        ],
      ]}
      asOf={
        <AsOf
          first="2021-02-03"
          today="2026-11-12"
          value={day}
          onChange={setDay}
          days={[
            '2021-06-02',
            '2021-12-01',
            '2022-03-03',
            '2022-08-08',
            '2023-01-20',
            '2023-09-09',
            '2024-04-04',
            '2025-05-02',
            '2025-11-11',
            '2026-02-03',
            '2026-08-03',
            '2026-09-02',
            '2026-11-11',
          ]}
        />
      }
      tabs={tabs.map(([id, label, count]) => ({ label, count, to: `/gallery/sheet${id === 'overview' ? '' : `?tab=${id}`}`, current: tab === id }))}
      aside={<Timeline entries={entries} foot={<Link to="/gallery/list">All 412 entries</Link>} />}
    >
      <Section title="Elements" aside="The combination is the secret">
        <Clauses
          clauses={[
            {
              id: '1',
              title: 'Ramp between stages',
              note: 'Not opened in this session',
              action: (
                <Button size="small" icon="lock">
                  Open the text
                </Button>
              ),
            },
            {
              id: '2',
              title: 'Dwell and hold',
              text: 'Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.',
              note: 'Opened by you 12 Nov 2026, 10:02. Closes at 10:12.',
              action: <Button size="small">Close</Button>,
            },
            {
              id: '3',
              title: 'Gas change on cooling',
              note: <State kind="held">Matched twice on its way out, stopped</State>,
              action: (
                <Button size="small" icon="lock">
                  Open the text
                </Button>
              ),
            },
          ]}
        />
      </Section>
      <Section title="Who can open it, and why" aside={<Link to="/gallery/list">All 14 people</Link>}>
        <Who
          people={[
            {
              id: '1',
              state: 'holds',
              name: 'Ravi Sundaram',
              role: 'Owner, process',
              text: 'Sets the schedule for line 2. Until 31 Dec 2027',
              conds: [
                { label: 'Agreement', holds: true },
                { label: 'Notice', holds: true },
                { label: 'Policy 7', holds: true },
              ],
            },
            {
              id: '2',
              state: 'gap',
              name: 'Amara Diallo',
              role: 'Technician, Jena',
              text: 'Runs the firing on shift B. Until 31 Mar 2027',
              conds: [
                { label: 'Agreement', holds: true },
                { label: 'Notice not read', holds: false },
                { label: 'Policy 7', holds: true },
              ],
              action: <Button size="small">Remind</Button>,
            },
          ]}
        />
      </Section>
      <Section title="Measures for tier 3" aside="16 of 19 present, 2 missing, 1 declined">
        <Meter present={16} missing={2} declined={1} />
        <Table
          caption="Measures"
          rows={
            [
              ['Marked as confidential in every document', 'CACI 4404(a)', 'holds', 'Present', '6 of 6 documents'],
              ['Each person told that this is secret', 'CACI 4404(b)', 'gap', 'Missing', '13 of 14 people'],
              ['Encrypted workstation for the kiln program', 'OLG Stuttgart 2 U 575/19', 'declined', 'Declined', 'Counsel, review 3 Feb 2027'],
            ] as const
          }
          rowKey={(row) => row[0]}
          columns={[
            {
              id: 'm',
              head: 'Measure',
              cell: (row) => (
                <>
                  {row[0]}
                  <Sub>{row[1]}</Sub>
                </>
              ),
            },
            { id: 's', head: 'State', cell: (row) => <State kind={row[2]}>{row[3]}</State> },
            { id: 'p', head: 'Proof', figures: true, cell: (row) => row[4] },
          ]}
        />
      </Section>
      <Section title="Other states">
        <p className="actions">
          <State kind="breach">Not contained</State>
          <State kind="not-inspected">Not inspected</State>
          <State kind="declined">Declined</State>
          <State kind="due">Due today</State>
          <State kind="missing">Missing</State>
          <State kind="quiet">Ended</State>
        </p>
        <p>
          Digest <Digest value="b91e40c707d2e8a191c4f3a011bec07d2a6fb91e40c707d2e8a191c4f3a011be" />, value <Money minor={125000000} currency="EUR" />, size{' '}
          <Bytes value={3_412_004} />, seen <Instant at="2026-11-12T09:06:00Z" relative />
        </p>
      </Section>
      <ActDialog
        open={open}
        onClose={() => setOpen(false)}
        about="KESTREL"
        title="Mend 2 gaps"
        acts={[
          { id: 'a', what: 'Remind Amara Diallo of the notice', undo: 'Cannot be unsent' },
          { id: 'b', what: 'Start the leak drill', whom: 'Runs for about a minute', undo: 'Can be stopped' },
        ]}
        verb="Mend"
        onConfirm={() => setOpen(false)}
      />
    </SheetPage>
  );
}

function CheckPart() {
  const [text, setText] = useState(
    'We report separators of 20 µm with a failure rate below one in ten thousand. In contrast to earlier work, the load is held for the time that the binder fraction demands, not for a fixed period; the hold ends at the inflection point of the mass signal rather than after a set time.',
  );
  return (
    <Page path={['Guard', 'Check a text']} title="May this leave the company?">
      <DropField
        label="Text to check"
        text={text}
        onText={setText}
        onFiles={nothing}
        note="paper-draft-3.docx, 14,206 characters, read whole. Nothing here is stored."
        actions={
          <>
            <Button size="small" onClick={() => setText('')}>
              Clear the field
            </Button>
            <Button size="small">Check again</Button>
          </>
        }
      />
      <Verdict kind="match" title="Match. Do not send this.">
        <p className="lede">
          Three passages, 263 characters, come from <CodeName to="/gallery/sheet">KESTREL</CodeName>, elements 2 and 3, tier 3. Publishing them would end
          secrecy in these elements.
        </p>
        <PassageBar
          words="Where the passages lie. In your text between 60 and 81 percent; in the document on pages 11 and 14."
          rows={[
            {
              label: 'Your text',
              note: '14,206 characters',
              segments: [
                { n: 1, from: 0.6, to: 0.64 },
                { n: 2, from: 0.68, to: 0.72 },
                { n: 3, from: 0.76, to: 0.805 },
              ],
            },
            {
              label: 'Firing schedule, v4',
              note: '18 pages',
              segments: [
                { n: 1, from: 0.55, to: 0.58 },
                { n: 2, from: 0.56, to: 0.586 },
                { n: 3, from: 0.77, to: 0.802 },
              ],
            },
          ]}
        />
      </Verdict>
      <div className="cols wide-gap">
        <Section title="Side by side" aside="Opened under your clearance, 12 Nov 2026, 10:06. Recorded.">
          <PassagePairs
            leftTitle="Your text"
            rightTitle={
              <>
                <CodeName>KESTREL</CodeName>, firing schedule, v4
              </>
            }
            passages={[
              {
                n: 1,
                left: 'the load is held for the time that the binder fraction demands, not for a fixed period',
                leftNote: 'Word for word',
                right: 'the load is held for the time that the binder fraction demands, not for a fixed period',
                rightNote: 'Element 2, page 11',
              },
              {
                n: 2,
                left: 'the hold ends at the inflection point of the mass signal rather than after a set time',
                leftNote: 'Reworded, same order',
                right: 'the endpoint is the inflection of the mass signal and never the clock',
                rightNote: 'Element 2, page 11',
              },
              {
                n: 3,
                left: 'On cooling, the gas is changed below the second plateau',
                leftNote: 'Two words changed',
                right: 'The gas is changed on cooling below the second plateau',
                rightNote: 'Element 3, page 14',
              },
            ]}
          />
        </Section>
        <Section title="What to do next">
          <NextSteps
            steps={[
              {
                text: 'Ask Ravi Sundaram to change the three passages.',
                action: (
                  <Button variant="filled" size="small">
                    Send it back
                  </Button>
                ),
              },
              { text: 'Or file a patent first, and hold the paper until then.', action: <Button size="small">Hold until a date</Button> },
              {
                text: 'Or give up secrecy on purpose. The elements close with today’s date, for good.',
                action: <Button size="small">Give up two elements</Button>,
              },
            ]}
          />
        </Section>
      </div>
      <Section title="In the whole text">
        <MarkedText
          text="We hold the load for the time that the binder demands, and change the gas below the plateau."
          spans={[
            { n: 1, start: 3, end: 53 },
            { n: 2, start: 59, end: 91 },
          ]}
        />
      </Section>
      <Section title="Other answers" plain>
        <div className="three">
          <Verdict small kind="clear" title="Clear. You may send this.">
            <p className="quiet">2,118 characters read whole; no passage of a registered secret found.</p>
          </Verdict>
          <Verdict small kind="not-inspected" title="Not inspected. Wait.">
            <p className="quiet">samples.zip is locked with a password, so it could not be read.</p>
          </Verdict>
          <Verdict small kind="match" title="Held. Do not send this.">
            <p className="quiet">Your text holds something that must not leave. It is now case 15.</p>
          </Verdict>
        </div>
      </Section>
      <Section title="Files on their way">
        <DropField label="Files" onFiles={nothing} multiple placeholder="Drop files here, or choose them." note="Encrypted as they arrive" />
        <ul>
          <UploadRow name="schedule-v5.pdf" bytes={41_200_000} sent={17_000_000} state="sending" onPause={nothing} onCancel={nothing} />
          <UploadRow name="controller.zip" bytes={8_200_000} sent={1_000_000} state="paused" onResume={nothing} onCancel={nothing} />
          <UploadRow
            name="trial-log.xlsx"
            bytes={920_000}
            sent={0}
            state="failed"
            why="The connection broke. What was sent is kept for an hour."
            onRetry={nothing}
            onCancel={nothing}
          />
          <UploadRow name="schedule.pdf" bytes={300_000_000} sent={120_000_000} state="left" onFile={nothing} onCancel={nothing} />
          <UploadRow name="notes.md" bytes={9_200} sent={9_200} state="done" />
        </ul>
      </Section>
    </Page>
  );
}

const people = [
  { value: 'p1', label: 'Ravi Sundaram' },
  { value: 'p2', label: 'Hsu Mei-Ling' },
  { value: 'p3', label: 'Amara Diallo' },
];
function FormsPart() {
  const form = useFields({
    title: 'Kiln',
    mail: 'i.tamarit',
    password: 'not a password',
    why: '',
    unit: '',
    owner: 'p2',
    date: '2026-11-12',
    days: '90',
    tier: '2',
  });
  const [many, setMany] = useState<string[]>(['p1', 'p3']);
  const [told, setTold] = useState(true);
  const [code, setCode] = useState('408');
  return (
    <Page path={['Register', 'New']} title="Register a secret" lede="Say what it is without saying it: the text of its elements comes on the next page.">
      <div className="two">
        <div>
          <TextField label="Title" hint="Shown to those who may know of it." {...form.field('title')} />
          <TextField label="E-mail" type="email" {...form.field('mail')} error="This is not an address: it needs an @." width="medium" />
          <PasswordField label="Password" {...form.field('password')} width="medium" />
          <TextArea label="Why it is worth keeping" optional {...form.field('why')} placeholder="What would a rival save?" />
          <Select
            label="Unit"
            {...form.field('unit')}
            options={[
              { value: 'jena', label: 'Jena' },
              { value: 'tainan', label: 'Tainan' },
            ]}
            width="short"
          />
          <Select label="Owner" searchable {...form.field('owner')} options={people} width="medium" error="Has left the company." />
          <MultiSelect label="People who know it" value={many} onChange={setMany} options={people} />
        </div>
        <div>
          <ChoiceField
            label="Tier"
            {...form.field('tier')}
            choices={[
              { value: '1', label: 'Tier 1', hint: 'Known to many who need it' },
              { value: '2', label: 'Tier 2' },
              { value: '3', label: 'Tier 3', hint: 'Its loss would cost the line' },
            ]}
          />
          <DateField label="Held since" {...form.field('date')} />
          <NumberField label="Review every" unit="days" {...form.field('days')} />
          <CheckField label="Two people know where the copies lie." hint="Write their names on the kit." checked={told} onChange={setTold} />
          <CodeField label="Six digits" value={code} onChange={setCode} error="That did not match. You have 4 tries left." />
          <p className="actions wide-gap">
            <Button variant="filled">Register it</Button>
            <Button>Cancel</Button>
            <Button variant="destructive">Delete the draft</Button>
            <Button disabled>Not yet</Button>
            <Button variant="filled" busy>
              Registering
            </Button>
          </p>
          <Notice kind="gap" action={<Button>Send to both</Button>}>
            <p>The same agreement ended for Marco Pellegrin.</p>
          </Notice>
          <Notice kind="holds">
            <p>Everything is kept.</p>
          </Notice>
          <ErrorNote
            error={{ kind: 'conflict', code: 'register.code_taken', message: 'Cannot register "KESTREL": the code name is taken', ref: '7QK-41' }}
            next="Choose another code name."
            onRetry={nothing}
          />
        </div>
      </div>
      <Section title="Set up">
        <Steps
          steps={[
            { title: 'Organisation', state: 'done' },
            { title: 'Administrator', state: 'done' },
            { title: 'Recovery kit', state: 'now' },
            { title: 'Host name', state: 'next' },
          ]}
        />
        <SetupStep no={1} title="Organisation" state="done" summary="Halvorsen Ceramics, Jena. Law of the house: Germany." onChange={nothing} />
        <SetupStep no={2} title="Second factor" state="now">
          <p>Scan it with your authenticator.</p>
          <Qr text="otpauth://totp/Underseal:ines?secret=JBSWY3DPEHPK3PXP&issuer=Underseal" label="Code for your authenticator" />
          <CopyOnce label="Recovery codes" secret={'granite-harbor-74-otter\nmeadow-violin-12-salt'} />
        </SetupStep>
        <SetupStep no={3} title="Host name" state="next" summary="The name under which people will reach this server." />
      </Section>
      <Section title="Loading">
        <Loading what="the register" />
      </Section>
    </Page>
  );
}

function HomePart() {
  return (
    <Page
      path={['Home', 'Thursday 12 November 2026']}
      title="Three things need you today."
      lede="One leak is not yet contained. Everything else at the exits is holding."
    >
      <Todo
        items={[
          {
            id: '1',
            title: <Link to="/gallery/sheet">A link to OSPREY is still open in case 14</Link>,
            text: 'The copy in the personal cloud was locked at 09:12. The link to Pell & Marrow Tooling opens the same document, and has been opened twice since.',
            by: [
              <State key="1" kind="breach">
                Not contained
              </State>,
              <>
                Since <Instant at="2026-11-12T08:47:00Z" />
              </>,
              'From Tobias Adeyemi',
            ],
            action: <Button variant="filled">Contain</Button>,
          },
          {
            id: '2',
            title: <Link to="/gallery/sheet">Two people lost their agreement for OSPREY</Link>,
            text: 'Their access closed by itself at midnight.',
            by: [
              <State key="1" kind="gap">
                2 gaps
              </State>,
              'Due 13 Nov 2026',
            ],
            action: <Button>Send the agreement</Button>,
          },
        ]}
      />
      <Figures
        figures={[
          { label: 'Secrets', value: 112, note: '9 of tier 3, 41 of tier 2, 62 of tier 1', to: '/gallery/list', parts: [9, 41, 62] },
          { label: 'People uncovered', value: 6, of: 'of 418', note: 'Down from 11 on 12 Oct 2026', to: '/gallery/access' },
          { label: 'Leaks stopped, 7 days', value: 23, note: '31 items could not be read whole', to: '/gallery/check' },
          { label: 'Open cases', value: 4, note: 'Nearest deadline 30 Nov 2026, 18 days', to: '/gallery/dialog' },
        ]}
      />
      <div className="two w57 wide-gap">
        <Section title="Stopped by exit" aside="6 to 12 Nov 2026">
          <BarChart
            title="Leaks stopped by exit"
            valueHead="This week"
            beforeHead="The week before"
            rows={[
              { label: 'Mail', value: 9, before: 11 },
              { label: 'AI tools', value: 7, before: 3 },
              { label: 'Browser upload', value: 4, before: 5 },
              { label: 'Git push', value: 2, before: 2 },
              { label: 'Shared folders', value: 1, before: 0 },
            ]}
          />
        </Section>
        <Section title="Time left to act">
          <Clocks
            clocks={[
              {
                id: '1',
                left: 98,
                unit: 'days left',
                title: 'Taiwan',
                text: 'Trade Secrets Act art. 12: 2 years from knowledge',
                end: '18 Feb 2027',
                passed: 0.866,
                urgent: true,
              },
              {
                id: '2',
                left: 463,
                unit: 'days left',
                title: 'United States',
                text: '18 USC 1836(d): 3 years after discovery',
                end: '18 Feb 2028',
                passed: 0.577,
              },
            ]}
          />
        </Section>
      </div>
      <Section title="Conditions" aside="6 of 7 hold">
        <Conditions
          conditions={[
            { id: '1', what: 'Employed', state: 'holds', text: 'Chen Wei-Ting, process engineer, Tainan, since 4 Mar 2019.', source: 'Personnel record' },
            {
              id: '2',
              what: 'Agreement',
              state: 'missing',
              text: 'The agreement that named OSPREY ended on 31 Oct 2026, 24:00.',
              source: 'Taiwan, Trade Secrets Act art. 2',
              action: <Button variant="filled">Send for signature</Button>,
            },
            { id: '3', what: 'At opening', state: 'due', text: 'A second factor within the last 15 minutes.', source: 'Asked each time' },
          ]}
        />
      </Section>
      <Section title="My duties">
        <Duties
          duties={[
            {
              id: '1',
              due: <State kind="due">Due today</State>,
              date: '12 Nov 2026',
              title: (
                <>
                  Read the notice about <CodeName>KESTREL</CodeName>
                </>
              ),
              text: 'Until you confirm it, the documents stay closed for you.',
              action: <Button variant="filled">Read, 4 minutes</Button>,
            },
            {
              id: '2',
              due: 'Due in 8 days',
              date: '20 Nov 2026',
              title: 'Take the short course on AI tools',
              text: 'Six questions.',
              action: <Button>Start, 10 minutes</Button>,
            },
          ]}
        />
      </Section>
      <Facts
        facts={[
          ['Lead', 'Ines Tamarit'],
          ['On hold', '3 people, 4 documents'],
        ]}
        ruled
      />
    </Page>
  );
}

function DialogPart() {
  const [open, setOpen] = useState(true);
  return (
    <Page
      path={['Respond', 'Case 14']}
      title="OSPREY formulation in a personal cloud"
      actions={
        <Button variant="filled" onClick={() => setOpen(true)}>
          Contain
        </Button>
      }
    >
      <ActDialog
        open={open}
        onClose={() => setOpen(false)}
        about="Case 14"
        title="Contain now: 5 acts, within seconds"
        verb="Contain"
        foot="Asks for your second factor."
        acts={[
          {
            id: '1',
            what: 'End the link to Pell & Marrow Tooling',
            whom: 'OSPREY, drawing set, 2 named users. Open pages close at once.',
            undo: 'Can be undone',
            choose: 'on',
          },
          { id: '2', what: 'Freeze 2 grants', whom: 'Pavel Renneke: OSPREY. Joris van Eyk: OSPREY.', undo: 'Can be undone', choose: 'on' },
          { id: '3', what: 'Give 4 documents new keys', whom: 'Copies kept outside the vault stay readable.', undo: 'Cannot be undone' },
          { id: '4', what: 'Freeze OSPREY for all nine people', whom: 'Line 2 stops at the next batch.', undo: 'Can be undone', choose: 'off' },
        ]}
        note="Told at once: Hsu Mei-Ling, Tobias Adeyemi. Nothing is deleted and nothing is sent outside."
        reasonHint="Recorded with your name, and shown in the case bundle."
        error={{ kind: 'conflict', code: 'incidents.contained', message: 'Cannot contain case 14: it is contained already', ref: '7QK-41' }}
        onConfirm={() => setOpen(false)}
      />
    </Page>
  );
}

function EmptyPart() {
  return (
    <Page path={['Register']} title="No secrets yet.">
      <Empty
        title="Here stand the secrets that your company keeps, each under a code name."
        why="A court asks first what exactly was secret, and since when. What is registered today can be proved from today."
        action={<Button variant="filled">Register the first one</Button>}
      />
    </Page>
  );
}

function SignInPart() {
  const form = useFields({ mail: 'i.tamarit@halvorsen.example', password: '' });
  const [code, setCode] = useState('');
  return (
    <SignedOut note="Halvorsen Ceramics">
      <TwoForms
        first={
          <>
            <h1>Sign in</h1>
            <Button variant="filled" size="wide" icon="key">
              Use a passkey
            </Button>
            <Or />
            <TextField label="E-mail" type="email" autoComplete="username webauthn" {...form.field('mail')} />
            <PasswordField label="Password" {...form.field('password')} />
            <p className="wide-gap">
              <Button size="wide">Continue</Button>
            </p>
          </>
        }
        second={
          <>
            <h2>Your second factor</h2>
            <p className="quiet">Enter the six digits that your authenticator shows for Underseal.</p>
            <CodeField label="Six digits" value={code} onChange={setCode} />
          </>
        }
      />
    </SignedOut>
  );
}

const parts: Record<string, () => React.ReactNode> = {
  list: ListPart,
  sheet: SheetPart,
  check: CheckPart,
  forms: FormsPart,
  home: HomePart,
  dialog: DialogPart,
  empty: EmptyPart,
  missing: NotFound,
  broken: () => <Broken error={new Error('x')} />,
};

export function GalleryPage() {
  const part = useLocation({ select: (at) => at.pathname }).split('/')[2] ?? 'home';
  if (part === 'signin') return <SignInPart />;
  const Part = parts[part] ?? HomePart;
  return (
    <SessionContext value={{ is: 'in', session }}>
      <AppShell
        session={session}
        pages={places}
        counts={{ '/gallery/list': 112, '/gallery/access': 6 }}
        onSignOut={nothing}
        search={(text) =>
          Promise.resolve(
            rows
              .filter((row) => row.code.includes(text.toUpperCase()))
              .map((row) => ({ id: row.id, label: row.code, hint: row.title, to: '/gallery/sheet', group: 'Secrets' })),
          )
        }
      >
        <Part />
      </AppShell>
    </SessionContext>
  );
}
