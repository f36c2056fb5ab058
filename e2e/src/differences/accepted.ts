/** Differences that stay, each with its reason. A difference that is no longer there must be taken off the list. */

/** A difference in one step. */
export interface AcceptedDifference {
  readonly scenario: string;
  readonly step: string;
  readonly reason: string;
}

/** All of them. */
export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    scenario: 'watches',
    step: 'bad version',
    reason:
      'A bad version is the fault of the client: 400, as for a list, where upstream answers 500 without a reason.',
  },
  {
    scenario: 'namespaces',
    step: 'finalizers',
    reason: 'A change that is dropped is no change here; upstream still notes in managedFields who asked.',
  },
  ...['claim', 'volume'].map((step) => ({
    scenario: 'storage and scheduling',
    step,
    reason: 'No controller here takes the protection finalizer off again, so none is put on.',
  })),
  ...['claim', 'claims', 'volume'].map((step) => ({
    scenario: 'tables of other kinds',
    step,
    reason: 'No controller here takes the protection finalizer off again, so none is put on.',
  })),
  {
    scenario: 'definitions',
    step: 'list of what is not established',
    reason:
      'What is not served is answered with a Status; upstream says so in plain text where it knows no such group.',
  },
  {
    scenario: 'definitions that are refused',
    step: 'preserved at large',
    reason: 'What is wrong is said once; upstream says it twice.',
  },
  {
    scenario: 'definitions that are refused',
    step: 'bad column',
    reason: 'The field at fault is named as it was sent; upstream names it as its own code does (JSONPath).',
  },
  ...['both of one', 'no whole number'].map((step) => ({
    scenario: 'custom resources that are refused',
    step,
    reason: 'The field at fault is named; upstream adds causes, or says what it is, without naming one.',
  })),
  ...['resize the image', 'get resize'].map((step) => ({
    scenario: 'resize and ephemeral containers',
    step,
    reason: 'A change that is dropped is no change here; upstream still notes in managedFields who asked.',
  })),
];
