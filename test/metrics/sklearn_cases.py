"""Cases and their values by scikit-learn: python3 test/metrics/sklearn_cases.py > test/metrics/sklearn.json"""
import json, sys
import numpy as np
import sklearn
from sklearn import metrics as m

rng = np.random.default_rng(0)

def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def multiclass(name, logits, labels):
    logits = logits.astype(np.float32); x = logits.astype(np.float64); p = softmax(x); y = labels; c = x.shape[1]
    pred = x.argmax(axis=1); every = list(range(c)); values = {'accuracy': m.accuracy_score(y, pred)}
    for q, f in (('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score)):
        for a in ('macro', 'micro', 'weighted'): values[q + a.capitalize()] = f(y, pred, average=a, zero_division=0)
        if c == 2: values[q] = f(y, pred, zero_division=0)
    values['logLoss'] = m.log_loss(y, p, labels=every); values['perplexity'] = float(np.exp(values['logLoss']))
    for k in (3, 5):
        if c > k: values[f'top{k}Accuracy'] = m.top_k_accuracy_score(y, p, k=k, labels=every)
    if c == 2:
        values['rocAuc'] = m.roc_auc_score(y, p[:, 1]); values['averagePrecision'] = m.average_precision_score(y, p[:, 1])
    elif len(set(y)) == c:
        values['rocAuc'] = m.roc_auc_score(y, p, multi_class='ovr', average='macro', labels=every)
        values['averagePrecision'] = m.average_precision_score(np.eye(c)[y], p, average='macro')
    return {'name': name, 'loss': {'type': 'crossEntropy'}, 'dims': [c], 'output': logits.ravel().tolist(), 'labels': y.tolist(), 'values': values, 'confusion': m.confusion_matrix(y, pred, labels=every).tolist()}

def yes_or_no(name, logits, labels):
    logits = logits.astype(np.float32); x = logits.astype(np.float64); y = labels; pred = (x > 0).astype(int)
    p = 1 / (1 + np.exp(-x)); l = x.shape[1]
    if l == 1:
        y1, p1, pred1 = y[:, 0], p[:, 0], pred[:, 0]
        values = {'accuracy': m.accuracy_score(y1, pred1), 'logLoss': m.log_loss(y1, p1, labels=[0, 1]), 'rocAuc': m.roc_auc_score(y1, p1), 'averagePrecision': m.average_precision_score(y1, p1)}
        for q, f in (('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score)):
            values[q] = f(y1, pred1, zero_division=0)
            for a in ('macro', 'micro', 'weighted'): values[q + a.capitalize()] = f(y1, pred1, average=a, zero_division=0)
    else:
        values = {'accuracy': float((y == pred).mean()), 'rocAuc': m.roc_auc_score(y, p, average='macro'), 'averagePrecision': m.average_precision_score(y, p, average='macro'),
                  'logLoss': float(np.mean([m.log_loss(y[:, j], p[:, j], labels=[0, 1]) for j in range(l)]))}
        for q, f in (('precision', m.precision_score), ('recall', m.recall_score), ('f1', m.f1_score)):
            for a in ('macro', 'micro', 'weighted'): values[q + a.capitalize()] = f(y, pred, average=a, zero_division=0)
    return {'name': name, 'loss': {'type': 'bceWithLogits'}, 'dims': [l], 'output': logits.ravel().tolist(), 'labels': y.ravel().tolist(), 'values': values}

def numbers(name, output, labels):
    output = output.astype(np.float32); labels = labels.astype(np.float32); o, y = output.astype(np.float64), labels.astype(np.float64)
    per = m.mean_squared_error(y, o, multioutput='raw_values')
    values = {'mae': m.mean_absolute_error(y, o), 'mse': m.mean_squared_error(y, o), 'rmse': float(np.sqrt(per).mean()), 'r2': m.r2_score(y, o)}
    return {'name': name, 'loss': {'type': 'mse'}, 'dims': [o.shape[1]], 'output': output.ravel().tolist(), 'labels': labels.ravel().tolist(), 'values': values}

def blurred(n, c, signal):
    y = rng.integers(0, c, n); return rng.normal(size=(n, c)) + signal * np.eye(c)[y], y

unpredicted = blurred(60, 4, 1.0); unpredicted[0][:, 3] = -20
absent = blurred(60, 6, 1.5); absent = (absent[0], np.where(absent[1] == 2, 1, absent[1]))
# Such that sums are exact in any order: what is equal stays equal behind the softmax.
ties = (rng.choice([0.0, -800.0], (80, 4)), rng.integers(0, 4, 80))
yes = rng.integers(0, 2, (90, 1)); labels3 = rng.integers(0, 2, (70, 3)); offset = rng.normal(size=(50, 2)) + 1e3
cases = [
    multiclass('ten classes', *blurred(100, 10, 1.5)),
    multiclass('three classes', *blurred(120, 3, 1.0)),
    multiclass('two classes', *blurred(80, 2, 1.0)),
    multiclass('a class that is never predicted', *unpredicted),
    multiclass('a class that never occurs', *absent),
    multiclass('equal scores', *ties),
    multiclass('certain and wrong', np.array([[60.0, -60, 0], [-60, 60, 0], [0, 0, 60], [60, 0, 0]]), np.array([0, 0, 2, 1])),
    yes_or_no('yes or no', rng.normal(size=(90, 1)) + 1.2 * (yes - 0.5), yes),
    yes_or_no('yes or no, equal scores', rng.integers(-2, 3, (90, 1)).astype(float), yes),
    yes_or_no('three labels', rng.normal(size=(70, 3)) + (labels3 - 0.5), labels3),
    numbers('one number', rng.normal(size=(50, 1)), rng.normal(size=(50, 1))),
    numbers('two numbers far from zero', offset + 0.1 * rng.normal(size=(50, 2)), offset),
    numbers('a number that never varies', np.array([[1.0, 2], [1, 3], [1, 5]]), np.array([[1.0, 2], [1, 4], [1, 4]])),
]
json.dump({'scikit-learn': sklearn.__version__, 'cases': cases}, sys.stdout)
