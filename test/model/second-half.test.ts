import { prove } from './prove';

prove(1);
