/** What others report, in their own words of success; "-" where they do not. AutoTrainer: Zhang et al., ICSE 2021; the re-tests: DEFault, ICSE 2025; false alarms: DeepDiagnosis, ICSE 2022. */
export const published: { tool: string; detected: string; named: string; falseAlarms: string; repaired: string }[] = [
  { tool: 'AutoTrainer, its own 495 models', detected: '100 %', named: '-', falseAlarms: '0 on its tuning set', repaired: '97.8 %' },
  { tool: 'AutoTrainer, 52 real programs', detected: '23 %', named: '19 %', falseAlarms: '-', repaired: '-' },
  { tool: 'DeepDiagnosis', detected: '-', named: '-', falseAlarms: '68 of 188', repaired: 'none' },
  { tool: 'DeepLocalize, 52 real programs', detected: '69 %', named: '13 %', falseAlarms: '133 of 186', repaired: 'none' },
  { tool: 'UMLAUT, 52 real programs', detected: '91 %', named: '27 %', falseAlarms: '68 of 78', repaired: 'none' },
  { tool: 'DEFault, 52 real programs', detected: '94.3 %', named: '63.5 %', falseAlarms: '-', repaired: 'none' },
];
