import { useEffect } from "preact/hooks";
import { session, sessionLoad, sessionTrouble } from "../data/session.ts";
import { Empty, Loading, ProblemNote } from "../parts/problem.tsx";
import { Toasts } from "../parts/toast.tsx";
import { Connection } from "./connection.tsx";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { NamespaceSwitcher } from "./namespace-switcher.tsx";
import type { Page } from "./pages.ts";
import { hrefOf, place } from "./place.ts";
import { Search } from "./search.tsx";
import { Principal, SignIn } from "./sign-in.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { Vantage } from "./vantage.tsx";

/** What surrounds every page. */
export function Shell({ pages }: { readonly pages: readonly Page[] }) {
  const shown = pages.filter((page) => page.developmentOnly !== true || session.value?.development === true);
  const current = shown.find((page) => page.id === place.value.page);
  const { namespace } = place.value;
  useEffect(() => {
    document.title = `${current?.title ?? "Not found"} · ${namespace} · Synod`;
  }, [current?.title, namespace]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Header pages={shown} />
      <Navigation pages={shown} />
      <main id="main" tabIndex={-1}>
        <h1>{current?.title ?? "Not found"}</h1>
        <Content current={current} />
      </main>
      <KeyboardHelp pages={shown} />
      <Toasts />
      <SignIn />
    </>
  );
}

function Header({ pages }: { readonly pages: readonly Page[] }) {
  return (
    <header class="top">
      <a class="brand" href={hrefOf("world")}>
        <span class="brand-mark" aria-hidden="true" />
        Synod
      </a>
      <NamespaceSwitcher />
      <Search pages={pages} />
      <div class="top-end">
        {session.value?.development === true ? <Vantage /> : null}
        <Connection />
        <Principal />
        <ThemeButton />
      </div>
    </header>
  );
}

function Navigation({ pages }: { readonly pages: readonly Page[] }) {
  return (
    <nav class="side" aria-label="Pages">
      <ul>
        {pages.map(({ id, title, about }) => (
          <li key={id}>
            <a href={hrefOf(id)} title={about} aria-current={place.value.page === id ? "page" : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Content({ current }: { readonly current: Page | undefined }) {
  if (sessionTrouble.value !== undefined) {
    return (
      <ProblemNote trouble={sessionTrouble.value}>
        <button type="button" onClick={() => void sessionLoad()}>
          Try again
        </button>
      </ProblemNote>
    );
  }
  // Before anybody signed in there is nothing to lose on the page.
  const isAnonymous = session.value?.open === false && session.value.principal === "anonymous";
  if (session.value === undefined || isAnonymous) return <Loading what="the dashboard" />;
  if (current === undefined) {
    return (
      <Empty title="There is no such page">
        <a href={hrefOf("world")}>Go to the world</a>
      </Empty>
    );
  }
  // A page of another namespace is another page: nothing of the one before may show in it.
  return <current.component key={place.value.namespace} />;
}
