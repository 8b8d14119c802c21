import { prove } from '../prove';
import { sellings } from './shop.model';

prove(sellings, 1);
