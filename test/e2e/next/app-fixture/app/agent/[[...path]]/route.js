export {
  DELETE,
  GET,
  POST,
} from '../../../../../../../examples/paid-agent-next/app/agent/[[...path]]/route';
