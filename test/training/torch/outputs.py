"""Writes outputs.json: the losses and gradients of a model with two outputs, by PyTorch in float64. Run: python3 outputs.py"""
import json
import os

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
# The formula of torchvision.ops.generalized_box_iou_loss.
def giou(b1,b2,eps=1e-7):
    x1,y1,x2,y2=b1.unbind(-1); x1g,y1g,x2g,y2g=b2.unbind(-1)
    xk1=torch.max(x1,x1g); yk1=torch.max(y1,y1g); xk2=torch.min(x2,x2g); yk2=torch.min(y2,y2g)
    inter=torch.zeros_like(x1); mask=(yk2>yk1)&(xk2>xk1)
    inter[mask]=(xk2[mask]-xk1[mask])*(yk2[mask]-yk1[mask])
    union=(x2-x1)*(y2-y1)+(x2g-x1g)*(y2g-y1g)-inter
    iou=inter/(union+eps)
    xc1=torch.min(x1,x1g); yc1=torch.min(y1,y1g); xc2=torch.max(x2,x2g); yc2=torch.max(y2,y2g)
    ac=(xc2-xc1)*(yc2-yc1)
    miou=iou-((ac-union)/(ac+eps))
    return (1-miou).mean()
def xyxy(b): x,y,w,h=b.unbind(-1); return torch.stack([x,y,x+w,y+h],-1)
B=5
x=torch.randn(B,6).float().double()
W=torch.nn.Parameter((torch.randn(7,6)*0.4).float().double()); b=torch.nn.Parameter((torch.randn(7)*0.1).float().double())
Wc=torch.nn.Parameter((torch.randn(3,7)*0.5).float().double()); bc=torch.nn.Parameter((torch.randn(3)*0.1).float().double())
Wb=torch.nn.Parameter((torch.randn(4,7)*0.5).float().double()); bb=torch.nn.Parameter((torch.randn(4)*0.1).float().double())
labels=torch.tensor([0,2,1,1,0]); boxes=torch.rand(B,4).float().double()*0.5+0.1
h=torch.tanh(x@W.T+b)
lc=torch.nn.functional.cross_entropy(h@Wc.T+bc,labels,label_smoothing=0.1)
lb=giou(xyxy(torch.sigmoid(h@Wb.T+bb)),xyxy(boxes))
total=0.7*lc+2*lb
total.backward()
f=lambda t:[float(v) for v in t.detach().flatten()]
json.dump(dict(input=f(x),labels=labels.tolist(),boxes=f(boxes),losses=dict(kind=float(lc),box=float(lb)),total=float(total),
 parameters={'dense1.weight':f(W),'dense1.bias':f(b),'kind.dense1.weight':f(Wc),'kind.dense1.bias':f(bc),'box.dense1.weight':f(Wb),'box.dense1.bias':f(bb)},
 gradients={'dense1.weight':f(W.grad),'dense1.bias':f(b.grad),'kind.dense1.weight':f(Wc.grad),'kind.dense1.bias':f(bc.grad),'box.dense1.weight':f(Wb.grad),'box.dense1.bias':f(bb.grad)}),open(os.path.join(os.path.dirname(__file__), 'outputs.json'), 'w'))
