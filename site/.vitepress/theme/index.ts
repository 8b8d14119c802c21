import theme from 'vitepress/theme';
// oxlint-disable-next-line import/no-unassigned-import -- A style sheet has no value.
import './wide.css';

export default theme;
