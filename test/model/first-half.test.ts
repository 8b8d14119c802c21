import { prove } from './prove';

prove(0);
