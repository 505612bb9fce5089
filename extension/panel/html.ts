import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page of a webview: one script, one style sheet, nothing from elsewhere and nothing inline. */
export function pageHtml(webview: vscode.Webview, folder: vscode.Uri, name: string, title: string): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  const policy = [`default-src 'none'`, `img-src ${webview.cspSource} data:`, `style-src ${webview.cspSource}`, `font-src ${webview.cspSource}`, `script-src 'nonce-${nonce}'`].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${uri(`${name}.css`)}">
  <title>${title}</title>
</head>
<body>
  <script nonce="${nonce}" src="${uri(`${name}.js`)}"></script>
</body>
</html>`;
}
