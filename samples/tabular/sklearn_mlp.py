"""What scikit-learn's MLP with the same layers reaches on the same rows: python3 sklearn_mlp.py california|adult, beside the files that README.md names."""
import csv, sys
from collections import Counter
import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor


def features(train, test, categorical, missing, logs=()):
    """Numbers (blanks: the median; logarithms of 1 + x) and a 0/1 feature for each category (blanks: the most frequent), standardised as the training rows are."""
    parts = [[], []]
    for c in range(len(train[0])):
        known = [row[c] for row in train if row[c] not in missing]
        fill = Counter(known).most_common(1)[0][0] if c in categorical else np.median([float(x) for x in known])
        for part, rows in zip(parts, (train, test)):
            cells = [fill if row[c] in missing else row[c] for row in rows]
            if c in categorical:
                part.extend(np.array([cell == category for cell in cells], float) for category in sorted(set(known)))
            else:
                values = np.array(cells, float)
                part.append(np.log1p(values) if c in logs else values)
    a, b = (np.stack(part, axis=1) for part in parts)
    std = a.std(axis=0)
    std[std == 0] = 1
    return (a - a.mean(axis=0)) / std, (b - a.mean(axis=0)) / std


def read(name, label, header):
    with open(name, newline='') as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row][header:]
    return [row[:label] + row[label + 1:] for row in rows], [row[label] for row in rows]


def california():
    (train, y), (test, z) = (read(f'california-{part}.csv', 8, header=1) for part in ('train', 'test'))
    a, b = features(train, test, categorical=[8], missing=[''], logs=[3, 4, 5, 6, 7])
    y, z = np.array(y, float) * 1e-5, np.array(z, float) * 1e-5
    for rate in (0.001, 0.003, 0.01):
        for seed in range(3):
            model = MLPRegressor((100,), batch_size=200, max_iter=60, learning_rate_init=rate, random_state=seed, tol=0, n_iter_no_change=60).fit(a, y)
            print(f'learning rate {rate}, seed {seed}: RMSE {np.sqrt(np.mean((model.predict(b) - z) ** 2)) * 1e5:,.0f} dollars')


def adult():
    (train, y), (test, z) = (read(f'adult-{part}.csv', 14, header=0) for part in ('train', 'test'))
    a, b = features(train, test, categorical=[1, 3, 5, 6, 7, 8, 9, 13], missing=['', '?'])
    for how, options in (('10 epochs', dict(max_iter=10, tol=0, n_iter_no_change=10)), ('early stopping', dict(early_stopping=True, n_iter_no_change=3))):
        for seed in range(3):
            model = MLPClassifier((100,), batch_size=200, random_state=seed, **options).fit(a, y)
            print(f'{how}, seed {seed}: {model.score(b, z):.2%} of the test file')


{'california': california, 'adult': adult}[sys.argv[1]]()
