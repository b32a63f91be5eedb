/** What to say of those who sent what nobody may serve. */
const complaints = new Map<object, () => void>()
let listens = false

/** Has it looked after at the end of the process. One listener is enough for all. */
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
