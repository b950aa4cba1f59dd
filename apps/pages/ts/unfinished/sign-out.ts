/** Asks before somebody signs out whose recording waits in this browser. */

/**
 * `hasUnfinished` is asked when a form marked [data-sign-out] is sent; `dialog` has a button of the value "yes". A browser
 * that cannot answer signs out as it always did.
 */
export function mountBeforeSignOut(page: Document, dialog: HTMLDialogElement, hasUnfinished: () => Promise<boolean>): () => void {
  let asked: HTMLFormElement | null = null;
  const onSubmit = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-sign-out]")) return;
    event.preventDefault();
    hasUnfinished()
      .catch(() => false)
      .then((has) => {
        if (!has) return form.submit();
        asked = form;
        dialog.showModal();
      });
  };
  const onClose = (): void => {
    if (dialog.returnValue === "yes") asked?.submit();
    dialog.returnValue = "";
    asked = null;
  };
  page.addEventListener("submit", onSubmit);
  dialog.addEventListener("close", onClose);
  return () => {
    page.removeEventListener("submit", onSubmit);
    dialog.removeEventListener("close", onClose);
  };
}
