/** What to say of those who sent runs that nobody serves. */
const complaints = new Map<object, () => void>()
let listens = false

/** Has it said at the end of the process, unless somebody serves them meanwhile. One listener is enough for all. */
export function complainAtExit(sender: object, complain: () => void): void {
  complaints.set(sender, complain)
  if (listens) return
  listens = true
  process.once('beforeExit', () => {
    listens = false
    const due = [...complaints.values()]
    complaints.clear()
    for (const complain of due) complain()
  })
}

/** There is nothing left to complain of. */
export function forgive(sender: object): void {
  complaints.delete(sender)
}
