import { generateText } from 'ai';
import { findTask } from '../../../../lib/background-tasks';
import { sessionUser } from '../../../../lib/session';
import { a2a } from '../../../../lib/settlement';

/** Reads what an agent answered in the background. It is settled already, so nothing is held. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ message: string }> },
): Promise<Response> {
  const user = await sessionUser();
  if (user === undefined) return new Response('No session', { status: 401 });
  const task = await findTask(user, (await params).message);
  if (task === undefined) return new Response('No task of this user', { status: 404 });
  const { text } = await generateText({
    model: a2a(task.agent),
    prompt: '',
    providerOptions: { a2a: { returnImmediately: true, resume: { taskId: task.taskId } } },
  });
  return Response.json({ text });
}
