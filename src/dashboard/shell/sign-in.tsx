import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isSignedOut, type Trouble, troubleOf } from "../data/http.ts";
import { retryNow } from "../data/live.ts";
import { session, signIn, signOut } from "../data/session.ts";
import { ProblemNote } from "../parts/problem.tsx";

/** Asks for a token, over the page as it is: what was typed there stays. */
export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isAsked = isSignedOut.value;
  useEffect(() => {
    if (isAsked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isAsked]);
  return (
    <dialog ref={dialog} class="dialog" aria-label="Sign in">
      {isAsked ? <Form /> : null}
    </dialog>
  );
}

function Form() {
  const token = useSignal("");
  const isBusy = useSignal(false);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const enter = async (): Promise<void> => {
    isBusy.value = true;
    try {
      await signIn(token.value.trim());
      retryNow();
    } catch (error) {
      trouble.value = troubleOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <h2>Sign in</h2>
      <p>
        With an API token (syn_…), or the root token of this deployment. It is kept in a cookie that no script can read,
        for eight hours after its last use. Nothing that you typed on the page is lost.
      </p>
      <label class="field">
        Token
        <input
          type="password"
          autocomplete="off"
          value={token}
          onInput={({ currentTarget }) => {
            token.value = currentTarget.value;
          }}
        />
      </label>
      {trouble.value === undefined ? null : <ProblemNote trouble={trouble.value} />}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy.value || token.value.trim() === ""}>
          Sign in
        </button>
      </div>
    </form>
  );
}

/** Who this is, and the way out. */
export function Principal() {
  const now = session.value;
  if (now === undefined || !now.signed_in) return null;
  return (
    <button type="button" title={`Signed in as ${now.principal}`} onClick={() => void signOut()}>
      Sign out
    </button>
  );
}
