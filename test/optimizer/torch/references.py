"""Writes steps.json and schedules.json beside this file with PyTorch (1.13 or newer): `python3 references.py`.

steps.json: two small networks, one batch each, and the weights after 20 steps of every optimizer in float64.
schedules.json: the learning rates of torch.optim.lr_scheduler, one for each of 60 steps.
"""
import copy, json, math, os
import torch
from torch import nn, optim
from torch.optim import lr_scheduler as lrs

torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
STEPS = 20

def networks():
    torch.manual_seed(3)
    mlp = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 4))
    yield 'mlp', mlp, torch.randn(64, 6), torch.randint(0, 4, (64,)), nn.CrossEntropyLoss()
    torch.manual_seed(4)
    conv = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(27, 2))
    yield 'conv', conv, torch.randn(12, 2, 5, 5), torch.randn(12, 2), nn.MSELoss()

def camel(options):
    names = {'lr': 'learningRate', 'eps': 'epsilon', 'weight_decay': 'weightDecay', 'lr_decay': 'learningRateDecay', 'initial_accumulator_value': 'initialAccumulatorValue',
             'momentum_decay': 'momentumDecay', 'max_iter': 'maxIterations', 'history_size': 'historySize'}
    out = {}
    for key, value in options.items():
        if key == 'betas': out['beta1'], out['beta2'] = value
        elif key != 'line_search_fn': out[names.get(key, key)] = value
    return out

class DocumentedNAdam(optim.Optimizer):
    """torch.optim.NAdam as documented. The code before version 2.0 takes mu_t twice into the product up to t + 1, which was mended later."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, weight_decay=0):
        super().__init__(parameters, dict(lr=lr, betas=betas, eps=eps, momentum_decay=momentum_decay, weight_decay=weight_decay))
        self.t, self.product = 0, 1.0

    @torch.no_grad()
    def step(self, closure=None):
        self.t += 1
        for group in self.param_groups:
            (beta1, beta2), t, lr = group['betas'], self.t, group['lr']
            mu = lambda i: beta1 * (1 - 0.5 * 0.96 ** (i * group['momentum_decay']))
            self.product *= mu(t)
            for p in group['params']:
                g = p.grad + group['weight_decay'] * p
                state = self.state[p]
                m = state['m'] = beta1 * state.get('m', 0) + (1 - beta1) * g
                v = state['v'] = beta2 * state.get('v', 0) + (1 - beta2) * g * g
                ahead = mu(t + 1) * m / (1 - self.product * mu(t + 1)) + (1 - mu(t)) * g / (1 - self.product)
                p -= lr * ahead / ((v / (1 - beta2 ** t)).sqrt() + group['eps'])

NAdam = optim.NAdam if int(torch.__version__.split('.')[0]) >= 2 else DocumentedNAdam

OPTIMIZERS = [
    ('sgd', optim.SGD, dict(lr=0.05)),
    ('sgd', optim.SGD, dict(lr=0.05, momentum=0.9)),
    ('sgd', optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ('adagrad', optim.Adagrad, dict(lr=0.05, lr_decay=0.1, initial_accumulator_value=0.01)),
    ('adadelta', optim.Adadelta, dict(lr=1.0)),
    ('adadelta', optim.Adadelta, dict(lr=1.0, rho=0.7, eps=1e-4, weight_decay=0.01)),
    ('rmsprop', optim.RMSprop, dict(lr=0.01)),
    ('rmsprop', optim.RMSprop, dict(lr=0.01, centered=True, momentum=0.9)),
    ('adam', optim.Adam, dict(lr=0.01)),
    ('adam', optim.Adam, dict(lr=0.01, amsgrad=True, betas=(0.9, 0.5), weight_decay=0.01)),
    ('adamw', optim.AdamW, dict(lr=0.01, weight_decay=0.1)),
    ('adamax', optim.Adamax, dict(lr=0.01)),
    ('adamax', optim.Adamax, dict(lr=0.01, betas=(0.8, 0.9), weight_decay=0.05)),
    ('nadam', NAdam, dict(lr=0.01)),
    ('nadam', NAdam, dict(lr=0.01, betas=(0.8, 0.95), momentum_decay=0.05, weight_decay=0.05)),
    ('radam', optim.RAdam, dict(lr=0.01)),
    ('radam', optim.RAdam, dict(lr=0.01, betas=(0.8, 0.9), weight_decay=0.05)),
    ('lbfgs', optim.LBFGS, dict(lr=1.0, max_iter=1, history_size=3, line_search_fn='strong_wolfe')),
    ('lbfgs', optim.LBFGS, dict(lr=0.5, max_iter=1, history_size=6, line_search_fn='strong_wolfe')),
]

def train(model, x, y, loss_fn, kind, options, steps, dtype=torch.float64):
    model = model.to(dtype)
    x = x.to(dtype)
    y = y.to(dtype) if y.is_floating_point() else y
    optimizer = kind(model.parameters(), **options)
    losses = []
    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        return loss
    for _ in range(steps):
        losses.append(float(closure()))
        optimizer.step(closure)
    return losses, flat(model)

def flat(model):
    return [parameter.detach().double().reshape(-1).tolist() for parameter in model.parameters()]

def rounded(values, digits=9):
    return [[float(f'{v:.{digits}g}') for v in row] for row in values]

def steps():
    result = {}
    for name, model, x, y, loss_fn in networks():
        model = model.float()
        cases = []
        for kind, cls, options in OPTIMIZERS:
            losses, parameters = train(copy.deepcopy(model), x, y, loss_fn, cls, options, STEPS)
            cases.append({'optimizer': {'type': kind, **camel(options)}, 'losses': [float(f'{v:.9g}') for v in losses], 'parameters': rounded(parameters)})
        result[name] = {'x': x.reshape(-1).tolist(), 'y': y.reshape(-1).tolist(), 'initial': flat(model), 'cases': cases}
    return result

def rates(make, total=60, base=0.4, metrics=None):
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD([parameter], lr=base)
    scheduler = make(optimizer)
    out = []
    for i in range(total):
        out.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step(*([metrics[i]] if metrics else []))
    return out

def schedules():
    total = 60
    metrics = [1 / (1 + i) if i < 6 else (0.1 if i < 25 else (0.09 if i < 26 else 0.0899999)) for i in range(total)]
    warm = lambda n: lambda o: lrs.LinearLR(o, start_factor=1 / n, end_factor=1.0, total_iters=n - 1)
    def after(n, make): return lambda o: lrs.SequentialLR(o, [warm(n)(o), make(o)], milestones=[n])
    table = [
        ({'type': 'constant'}, lambda o: lrs.LambdaLR(o, lambda s: 1)),
        ({'type': 'constant', 'warmupSteps': 7}, warm(7)),
        ({'type': 'linear', 'startFactor': 1, 'endFactor': 0}, lambda o: lrs.LinearLR(o, 1.0, 0.0, total)),
        ({'type': 'linear', 'startFactor': 0.25, 'endFactor': 0.75, 'length': 20}, lambda o: lrs.LinearLR(o, 0.25, 0.75, 20)),
        ({'type': 'step', 'stepSize': 10}, lambda o: lrs.StepLR(o, 10)),
        ({'type': 'step', 'stepSize': 4, 'gamma': 0.5, 'warmupSteps': 10}, after(10, lambda o: lrs.StepLR(o, 4, 0.5))),
        ({'type': 'multiStep', 'milestones': [5, 20, 40], 'gamma': 0.3}, lambda o: lrs.MultiStepLR(o, [5, 20, 40], 0.3)),
        ({'type': 'exponential', 'gamma': 0.93}, lambda o: lrs.ExponentialLR(o, 0.93)),
        ({'type': 'polynomial', 'power': 2, 'length': 45}, lambda o: lrs.PolynomialLR(o, 45, 2)),
        ({'type': 'polynomial'}, lambda o: lrs.PolynomialLR(o, total, 1)),
        ({'type': 'cosine', 'minimum': 0.01}, lambda o: lrs.CosineAnnealingLR(o, total, 0.01)),
        ({'type': 'cosine', 'minimum': 0.01, 'warmupSteps': 20}, after(20, lambda o: lrs.CosineAnnealingLR(o, 40, 0.01))),
        ({'type': 'cosineWarmRestarts', 'period': 7}, lambda o: lrs.CosineAnnealingWarmRestarts(o, 7)),
        ({'type': 'cosineWarmRestarts', 'period': 5, 'periodFactor': 2, 'minimum': 0.02}, lambda o: lrs.CosineAnnealingWarmRestarts(o, 5, 2, 0.02)),
        ({'type': 'cosineWarmRestarts', 'period': 3, 'periodFactor': 3}, lambda o: lrs.CosineAnnealingWarmRestarts(o, 3, 3)),
        ({'type': 'oneCycle'}, lambda o: lrs.OneCycleLR(o, 0.4, total_steps=total + 1), 'length', total + 1),
        ({'type': 'oneCycle', 'anneal': 'linear', 'risingShare': 0.4, 'threePhases': True, 'initialDivisor': 10, 'finalDivisor': 100},
         lambda o: lrs.OneCycleLR(o, 0.4, total_steps=total + 1, pct_start=0.4, anneal_strategy='linear', three_phase=True, div_factor=10, final_div_factor=100), 'length', total + 1),
        ({'type': 'inverseSqrt', 'warmupSteps': 8}, lambda o: lrs.LambdaLR(o, lambda s: (s + 1) / 8 if s < 8 else 1 / math.sqrt(1 + (s - 8) / 8))),
        ({'type': 'inverseTime', 'rate': 0.2}, lambda o: lrs.LambdaLR(o, lambda s: 1 / (1 + 0.2 * s))),
        ({'type': 'reduceOnPlateau', 'patience': 2, 'factor': 0.5, 'cooldown': 1, 'minimum': 0.002},
         lambda o: lrs.ReduceLROnPlateau(o, patience=2, factor=0.5, cooldown=1, min_lr=0.002)),
    ]
    cases = []
    for schedule, make, *extra in table:
        plateau = schedule['type'] == 'reduceOnPlateau'
        if extra: schedule = {**schedule, extra[0]: extra[1]}
        cases.append({'schedule': schedule, 'rates': rates(make, metrics=metrics if plateau else None), **({'metrics': metrics} if plateau else {})})
    return {'base': 0.4, 'total': total, 'cases': cases}

if __name__ == '__main__':
    for name, value in (('steps', steps()), ('schedules', schedules())):
        with open(os.path.join(here, f'{name}.json'), 'w') as file:
            json.dump(value, file)
            file.write('\n')
