import { holds } from './holds';
import { prove } from './prove';

prove(holds, 0);
