// htmx and our own requests: progress line, token, messages when a request fails.
import htmx from 'htmx.org';
import { toast } from './toast.js';

export { htmx };

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

const FAILURES = {
  0: '网络不通，请检查网络后重试。',
  401: '登录已过期，请在新窗口重新登录后继续，当前页面内容不会丢失。',
  403: '您没有执行该操作的权限。',
  413: '上传内容过大。',
  429: '操作过于频繁，请稍后再试。',
};

export const failureText = status => FAILURES[status] ?? (status >= 500 ? '系统出现意外错误，请稍后重试。' : '');

// A POST that answers JSON. Throws an Error with a Chinese message and `status`.
export async function post(url, body, options = {}) {
  let response;
  try {
    response = await fetch(url, {
      method: 'POST', body, credentials: 'same-origin', ...options,
      headers: { 'X-CSRFToken': csrfToken(), Accept: 'application/json', ...options.headers },
    });
  } catch {
    throw Object.assign(new Error(failureText(0)), { status: 0 });
  }
  const answer = (response.headers.get('Content-Type') ?? '').includes('json') ? await response.json() : {};
  if (response.redirected && !response.headers.get('Content-Type')?.includes('json')) {
    throw Object.assign(new Error(failureText(401)), { status: 401 }); // sent to the log-in page
  }
  if (!response.ok) {
    throw Object.assign(new Error(answer.message || failureText(response.status) || '操作未成功。'), { status: response.status, answer });
  }
  return answer;
}

const line = document.getElementById('gh-progress');
document.addEventListener('htmx:config:request', ({ detail }) => {
  const headers = detail?.ctx?.request?.headers;
  if (headers) headers['X-CSRFToken'] = csrfToken();
});
document.addEventListener('htmx:before:request', () => line?.classList.add('gh-on'));
document.addEventListener('htmx:finally:request', () => line?.classList.remove('gh-on'));
document.addEventListener('htmx:error', () => toast(failureText(0), 'error'));
document.addEventListener('htmx:after:request', ({ detail }) => {
  const status = detail?.ctx?.response?.status ?? 200;
  if (status >= 400 && status !== 422 && failureText(status)) toast(failureText(status), 'error');
});
