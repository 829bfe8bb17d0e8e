/** Something that takes time, and what it waits for. */
export interface Task {
  readonly id: string;
  readonly seconds: number;
  /** Ids of tasks; those that do not exist are not waited for. */
  readonly after: readonly string[];
}

/** When a task starts and ends, in seconds from the beginning. */
export interface Slot {
  readonly start: number;
  readonly end: number;
}

/**
 * When each task runs if `parallelism` of them may run at a time and every one starts as early as it can; of those that
 * could start together the first in the list does. Tasks without a duration need no place. Throws on a cycle.
 */
export function schedule(tasks: readonly Task[], parallelism: number): ReadonlyMap<string, Slot> {
  const slots = new Map<string, Slot>();
  const known = new Map(tasks.map((task, place) => [task.id, { task, place }]));
  const followers = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { id, after } of tasks) {
    const before = new Set(after.filter((other) => known.has(other)));
    open.set(id, before.size);
    for (const other of before) {
      if (!followers.has(other)) followers.set(other, []);
      followers.get(other)!.push(id);
    }
  }
  const ready = tasks.filter(({ id }) => open.get(id) === 0).map(({ id }) => id);
  const running: { id: string; end: number }[] = [];
  let now = 0;
  const finish = (id: string) => {
    for (const follower of followers.get(id) ?? []) {
      const left = open.get(follower)! - 1;
      open.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  };
  while (ready.length > 0 || running.length > 0) {
    ready.sort((a, b) => known.get(a)!.place - known.get(b)!.place);
    const next = ready.findIndex((id) => known.get(id)!.task.seconds === 0 || running.length < parallelism);
    if (next >= 0) {
      const [id] = ready.splice(next, 1) as [string];
      const { seconds } = known.get(id)!.task;
      slots.set(id, { start: now, end: now + seconds });
      if (seconds === 0) finish(id);
      else running.push({ id, end: now + seconds });
      continue;
    }
    const soonest = running.reduce((a, b) => (b.end < a.end ? b : a));
    running.splice(running.indexOf(soonest), 1);
    now = soonest.end;
    finish(soonest.id);
  }
  const waiting = tasks.filter(({ id }) => !slots.has(id)).map(({ id }) => id);
  if (waiting.length > 0) throw new Error(`plan: these wait for each other: ${waiting.join(", ")}`);
  return slots;
}
