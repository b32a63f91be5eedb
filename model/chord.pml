/*
 * A chord, its workers and their leases, in the words of ARCHITECTURE.md. Spin goes through every order in which the steps
 * below can happen, with workers that die and leases that run out wherever they can, and looks for a promise that breaks.
 *
 * It is a chord of MEMBERS members that closes when NEED of its seats are taken: all of them, or a quorum. Each budget is
 * how often something may happen in one history. Nothing else goes on for ever, so every history ends, and what is promised
 * of its end comes about whatever happens.
 *
 * A name such as NO_FENCING breaks one law, to see that the promises notice.
 */
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef NEED
#define NEED MEMBERS
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef CRASHES
#define CRASHES 2 /* a worker dies */
#endif
#ifndef ZOMBIES
#define ZOMBIES 2 /* a lease runs out while its worker lives */
#endif
#ifndef RETRIES
#define RETRIES 1 /* a task asks to be run again */
#endif
#ifndef HALTS
#define HALTS 0   /* the run is cancelled */
#endif

#define promise(holds, broken) if :: (holds) :: else -> printf(broken); assert(false) fi

/* ---- What is remembered ---- */

mtype = { member_1, member_2, member_3, body }
#define BODY MEMBERS /* the members are 0, 1, ... */
#define name(n) (n == BODY -> body : (n == 0 -> member_1 : (n == 1 -> member_2 : member_3)))

mtype = { unpublished, waiting, leased, acknowledged }
mtype place[MEMBERS + 1] = unpublished
byte lease[MEMBERS + 1]   /* the token: the number of its last lease */
bool orphan[MEMBERS + 1]  /* who leased it has died */

/* A verdict. Each run of a task gives another value, the number of its lease, so that it shows which of them counts. */
#define NONE 0
#define RETRY 254
#define REVOKED 255
byte kept[MEMBERS + 1]    /* the verdict that is kept for it */

#define NOBODY 255
byte size                 /* the chord's record; it is not there before it has a size */
byte seat[MEMBERS]
byte taken
byte closer = NOBODY
bool isHalted             /* it was halted when it closed */
bool isLaunched

bool halted               /* the run was cancelled */

/* ---- What is watched, and nobody acts on ---- */

byte published            /* how often the body was */
byte first[MEMBERS]       /* the list that was told when somebody was told first that the chord is closed */
bool isTold

byte crashes = CRASHES, zombies = ZOMBIES, retries = RETRIES, halts = HALTS

/* ---- The backend ---- */

#define isHolder (place[m] == leased && lease[m] == token)

#ifdef NO_FENCING
#define mayCommit true
#else
#define mayCommit isHolder
#endif

#define granted(text) printf(text, _pid, name(m)); \
  promise(isHolder, "BROKEN: who no longer holds a delivery changes something\n")

inline publish(n) {
  place[n] = waiting
}

inline publishBody() {
  printf("the body is published\n");
  published++;
  promise(published == 1, "BROKEN: the body is published twice\n");
  publish(BODY)
}

/* The first verdict in a seat stays. Who closes the chord is told so, each time it asks. */
inline takeSeat() {
#ifdef COUNTER
  taken++;
  closes = (taken == size)
#else
  if
  :: closer == NOBODY ->
    if
    :: seat[m] == NONE -> seat[m] = outcome; taken++
    :: else
    fi;
    if
    :: size > 0 && taken >= size -> closer = m; isHalted = halted; closes = true
    :: else
    fi
  :: else ->
#ifdef LAST_STAYS
    seat[m] = outcome;
#endif
#ifndef TOLD_ONCE
    closes = (closer == m)
#endif
  fi
#endif
}

/* It is not acknowledged: until it has asked again, with what follows, whoever is given its message is told the same. */
inline tellClosed() {
  granted("worker %d commits %e: closed\n");
  for (i : 0 .. MEMBERS - 1) {
    promise(!isTold || first[i] == seat[i], "BROKEN: a chord that is closed gives another list than before\n");
    first[i] = seat[i]
  }
  i = 0;
  isTold = true;
  isLaunching = true;
#ifdef ACK_FIRST
  place[m] = acknowledged;
#endif
  if
  :: kept[m] = outcome
  :: skip /* ignoreResult: it is run again, if it comes to that */
  fi
}

/* What follows is granted once. A chord that was halted before it closed ends as revoked, and has no body. */
inline launch() {
  if
  :: isLaunched
  :: !isLaunched && isHalted -> isLaunched = true; printf("the chord ends as revoked\n")
  :: else ->
    isLaunched = true;
#ifndef PUBLISH_FIRST
    publishBody()
#endif
  fi
}

inline acknowledge() {
  granted("worker %d commits %e: done\n");
  kept[m] = outcome;
  place[m] = acknowledged;
  isSettled = true
}

/* A commit is one indivisible step. */
inline commit() {
  closes = false; /* and no `if` comes first: its `else` would wait until no worker can die any more */
  if
  :: !mayCommit ->
    printf("worker %d commits %e: fenced\n", _pid, name(m));
    isSettled = true
  :: mayCommit && halted && kept[m] == NONE && !isLaunching && outcome != REVOKED ->
    printf("worker %d commits %e: halted\n", _pid, name(m));
    outcome = REVOKED /* it asks again, with that */
  :: else ->
    if
    :: outcome == RETRY ->
      granted("worker %d commits %e: to be run again\n");
      publish(m);
      isSettled = true
    :: outcome != RETRY && m == BODY -> acknowledge()
    :: else ->
      takeSeat();
      if
      :: closes && !isLaunching -> tellClosed()
      :: isLaunching -> launch(); acknowledge()
      :: else -> acknowledge()
      fi
    fi
  fi
}

/* ---- Who acts ---- */

/* A worker that dies forgets everything, and lives again. What it held is leased to nobody who lives. */
#define forget m = 0; token = 0; outcome = NONE; closes = false; isLaunching = false; isSettled = false
#define dies atomic { crashes > 0 -> \
    printf("worker %d dies\n", _pid); \
    crashes--; \
    if :: isHolder -> orphan[m] = true :: else fi; \
    forget; \
    goto end }

#define receives(n) place[n] == waiting -> m = n

proctype Worker() {
  byte m, token, outcome, i;
  bool closes, isLaunching, isSettled;

end:
  atomic {
    if
    :: receives(0)
    :: receives(1)
    :: receives(2)
#if MEMBERS > 2
    :: receives(3)
#endif
    fi;
    place[m] = leased;
    lease[m]++;
    token = lease[m];
    printf("worker %d takes lease %d of %e\n", _pid, token, name(m));
    if
    :: kept[m] != NONE -> outcome = kept[m] /* its end is known: it is not run */
    :: kept[m] == NONE && halted -> outcome = REVOKED
    :: kept[m] == NONE && !halted -> outcome = token
    :: kept[m] == NONE && !halted && retries > 0 -> retries--; outcome = RETRY
    fi
  }

#ifdef PUBLISH_FIRST
  if
  :: m < BODY && outcome != RETRY && taken + 1 == size -> d_step { publishBody() }
  :: else
  fi;
#endif

settle:
  if
  :: dies
  :: atomic { commit(); if :: isSettled -> forget; goto end :: else fi }
  fi;
#ifdef ACK_FIRST
  if
  :: dies
  :: atomic { isLaunching -> isLaunched = true; publishBody(); forget; goto end }
  :: !isLaunching
  fi;
#endif
  goto settle
}

/* A lease runs out: its worker is dead, or is late. */
proctype Lease(byte m) {
end:
  do
  :: d_step { place[m] == leased && orphan[m] ->
       printf("the lease of %e runs out\n", name(m));
       orphan[m] = false;
       place[m] = waiting }
  :: d_step { place[m] == leased && !orphan[m] && zombies > 0 ->
       printf("the lease of %e runs out, and its worker lives\n", name(m));
       zombies--;
       place[m] = waiting }
  od
}

/* Somebody cancels the run, at any moment. */
proctype Caller() {
end:
  d_step { halts > 0 -> printf("the run is cancelled\n"); halts--; halted = true }
}

init {
  byte n;
  atomic {
    for (n : 1 .. WORKERS) { run Worker() }
    for (n : 0 .. BODY) { run Lease(n) }
    run Caller()
  }

  /* The chord is opened and its members are published in one step. */
  d_step {
#ifndef SIZE_LAST
    size = NEED;
#endif
    for (n : 0 .. MEMBERS - 1) { publish(n) }
    n = 0
  }
#ifdef SIZE_LAST
  d_step { size = NEED; printf("the chord is given its size\n") };
#endif

  /* Nothing moves any more. */
  timeout;
  for (n : 0 .. MEMBERS - 1) {
    promise(place[n] == acknowledged, "BROKEN: a member never ends\n")
  }
  promise(isLaunched, "BROKEN: the chord is never launched\n");
  promise(published == 1 || isHalted, "BROKEN: the body is never published\n");
  promise(published == 0 || !isHalted, "BROKEN: the body of a halted chord is published\n");
  promise(published == 0 || place[BODY] == acknowledged, "BROKEN: the body never ends\n")
}
