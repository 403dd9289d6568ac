import type { Need } from "../../policy/need.ts";
import type { Coordinator } from "./coordinator.ts";

/**
 * The same coordinator, whose reads and writes need these rights instead of what their keys say: for documents that a
 * route reads and writes on behalf of somebody who has a right to what they are about. Decided where commands are
 * proposed, as everything is, and anew when documents change meanwhile.
 */
export function withNeeds(coordinator: Coordinator, needs: readonly Need[]): Coordinator {
  return {
    permit: (asked) => coordinator.permit(asked),
    permitOf: (caller, asked) => coordinator.permitOf(caller, asked),
    write: (request) => coordinator.write({ ...request, needs }),
    read: (request) => coordinator.read({ ...request, needs }),
    status: () => coordinator.status(),
    metrics: () => coordinator.metrics(),
    release: (question) => coordinator.release(question),
    backup: (question) => coordinator.backup(question),
    watch: (request) => coordinator.watch(request),
  };
}
