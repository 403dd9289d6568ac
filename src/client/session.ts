/** What one client has seen: it never goes back behind the highest revision that any answer named. */
export class Session {
  #revision = 0;

  /** The highest revision seen; 0 before the first answer. */
  get revision(): number {
    return this.#revision;
  }

  /** `revision` as a header tells it, or as a number. */
  saw(revision: string | number | null): void {
    const number = Number(revision ?? 0);
    if (Number.isSafeInteger(number) && number > this.#revision) this.#revision = number;
  }
}
